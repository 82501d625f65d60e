// The inputs of fuzz_config: a byte that says what the text is, and the text.
#pragma once

namespace aoekit::fuzz {

inline constexpr char kFile = 't';      // aoed.toml
inline constexpr char kSettings = 's';  // JSON of the control socket
inline constexpr char kVblade = 'v';
inline constexpr char kGgaoed = 'g';
inline constexpr char kQaoed = 'q';

// What is there already.
inline constexpr const char* kEthers = "00:11:22:33:44:77 db1\n";
inline constexpr const char* kRunning =
    "interfaces = [\"eth1\"]\n[defaults]\nbuffers = 8\nallow = [\"web\"]\n[stations]\nweb1 = \"00:11:22:33:44:01\"\n"
    "[groups]\nweb = [\"web1\", \"db1\"]\n[export.\"e1.0\"]\npath = \"/a\"\n";

struct ConfigInput {
  const char* name;
  char kind;
  const char* text;
};

inline constexpr ConfigInput kConfigInputs[] = {
    {"every-key", kFile, R"(interfaces = ["eth1", "san*"]
user = "aoekit"
control_socket = "/run/a.sock"
control_group = "disk"
state = "/var/lib/a.db"
metrics = "127.0.0.1:9760"
threads = 2
log_level = "info"
busy_wait = "50us"
receive = "ring"
[defaults]
model = "m"
[export."e1.2"]
path = "/dev/sdb"
description = "d"
interfaces = ["eth[0-3]"]
offset = "1MiB"
length = "2048s"
read_only = false
serial = "s"
model = ""
buffers = 16
durability = "flush"
caching = "direct"
sharing = "exclusive"
exclusive_timeout = "2min"
allow = ["web", "00:11:22:33:44:55", "db1"]
deny = ["web1"]
allow_write = ["*"]
deny_write = []
limit = { requests = 100, bytes = "1MB" }
client_limit.requests = 10
force = true
[stations]
web1 = "00:11:22:33:44:01"
[groups]
web = ["web1"]
)"},
    {"list-of-exports", kFile, "interfaces = [\"eth1\"]\n[[export]]\naddress = \"1.2\"\npath = \"/a\"\n"
                               "[[export]]\naddress = \"e1.3\"\npath = '/a'\nread_only = true\n"},
    {"group-cycle", kFile, "[groups]\na = [\"b\"]\nb = [\"a\", \"c\"]\n"},
    {"windows", kFile, "interfaces = [\"e\"]\nexport.\"e1.1\" = { path = \"/a\", length = \"1s\" }\n"
                       "export.\"e1.2\" = { path = \"/a\", offset = \"1s\" }\n"},
    {"unquoted", kFile, "[export.e1.2]\npath = /dev/sdb\n"},
    {"twice", kFile, "[stations]\na = \"001122334455\"\n[stations]\n"},
    {"wrong-types", kFile, "interfaces = 1\nthreads = \"x\"\nexport = 2\nstations = 1979-05-27\ngroups = [{}]\n"},
    {"settings", kSettings,
     R"({"path": "/b", "limit": {"requests": 5, "bytes": null}, "allow": ["web1"], "model": null})"},
    {"settings-odd", kSettings,
     R"({"path": "\u0000/", "a": [[[]]], "buffers": -1.5e9, "": null, "length": "7"})"},
    {"vblade", kVblade,
     "shelf=1; slot=2\nnetif='eth0' filename=\"/a b\"\noptions='-r -m 001122334455 -o 8 -b16 --sync'\n"},
    {"vblade-shell", kVblade, "shelf=$x slot=`y` netif=\\\n filename='\n"},
    {"ggaoed", kGgaoed, "[defaults]\ninterfaces = eth0, vif*\n[acls]\nfoo = 00:11:22:33:44:55, db1\n[d]\npath = /a\n"
                        "shelf = 1\nslot = 2\naccept = foo\ndirect-io = false\nqueue-length = 8\n"},
    {"qaoed", kQaoed, "log-level = info;\ndefault { shelf = 1; slot = 0; interface = eth0; }\n"
                      "/* c */ device { target = /a;\n"
                      "acl { read = x; write = x; } }\naccess-list { name = x; policy = reject;\n"
                      "accept = 00:11:22:33:44:55; }\n"},
};

}  // namespace aoekit::fuzz
