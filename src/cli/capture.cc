// libpcap behind Results.
#include "cli/capture.h"

#include <pcap/pcap.h>

#include <array>

namespace aoekit::cli {
namespace {

constexpr const char* kFilter = "ether proto 0x88a2";
constexpr int kSnapBytes = 262144;  // libpcap's customary maximum: whole frames of any interface
constexpr int kPcapBufferBytes = 8 << 20;

using ErrorText = std::array<char, PCAP_ERRBUF_SIZE>;

// Prepares a handle for an interface; 0 or libpcap's error.
int activate(pcap_t* handle) {
  // These fail only on handles that are active already.
  pcap_set_snaplen(handle, kSnapBytes);
  pcap_set_promisc(handle, 1);
  pcap_set_immediate_mode(handle, 1);
  pcap_set_buffer_size(handle, kPcapBufferBytes);
  return pcap_activate(handle);
}

}  // namespace

void CaptureSource::Close::operator()(pcap* handle) const { pcap_close(handle); }
void CaptureFile::Close::operator()(pcap_dumper* handle) const { pcap_dump_close(handle); }

Result<CaptureSource> CaptureSource::open_interface(const std::string& name) {
  ErrorText text{};
  pcap_t* handle = pcap_create(name.c_str(), text.data());
  if (handle == nullptr) return fail("cannot capture on '{}': {}", name, text.data());
  CaptureSource source(handle, name);
  const int activated = activate(handle);
  if (activated == PCAP_ERROR_PERM_DENIED) {
    return fail("cannot capture on '{}': not permitted (run as root, or give the program cap_net_raw)", name);
  }
  if (activated < 0) return fail("cannot capture on '{}': {}", name, pcap_geterr(handle));
  if (pcap_setnonblock(handle, 1, text.data()) != 0) return fail("cannot capture on '{}': {}", name, text.data());
  source.fd_ = pcap_get_selectable_fd(handle);
  if (source.fd_ < 0) return fail("cannot capture on '{}': the interface cannot be waited for", name);
  const Status filtered = source.filter();
  if (!filtered) return tl::unexpected(filtered.error());
  return source;
}

Result<CaptureSource> CaptureSource::open_file(const std::string& path) {
  ErrorText text{};
  pcap_t* handle = pcap_open_offline(path.c_str(), text.data());
  if (handle == nullptr) return fail("cannot read the capture file: {}", text.data());
  CaptureSource source(handle, path);
  const Status filtered = source.filter();
  if (!filtered) return tl::unexpected(filtered.error());
  return source;
}

Status CaptureSource::filter() {
  if (pcap_datalink(handle_.get()) != DLT_EN10MB) return fail("'{}' does not hold Ethernet frames", name_);
  bpf_program program{};
  if (pcap_compile(handle_.get(), &program, kFilter, 1, PCAP_NETMASK_UNKNOWN) != 0) {
    return fail("cannot filter '{}': {}", name_, pcap_geterr(handle_.get()));
  }
  const int set = pcap_setfilter(handle_.get(), &program);
  pcap_freecode(&program);
  if (set != 0) return fail("cannot filter '{}': {}", name_, pcap_geterr(handle_.get()));
  return {};
}

Result<std::optional<CapturedFrame>> CaptureSource::next() {
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  const int got = pcap_next_ex(handle_.get(), &header, &bytes);
  if (got == 1) return CapturedFrame{header->ts, header->len, ByteView(bytes, header->caplen)};
  if (got == PCAP_ERROR_BREAK) ended_ = true;
  if (got == PCAP_ERROR) return fail("cannot go on with '{}': {}", name_, pcap_geterr(handle_.get()));
  return std::nullopt;
}

Result<CaptureFile> CaptureFile::create(const std::string& path) {
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> dead(pcap_open_dead(DLT_EN10MB, kSnapBytes), &pcap_close);
  if (dead == nullptr) return fail("cannot write '{}': out of memory", path);
  pcap_dumper_t* handle = pcap_dump_open(dead.get(), path.c_str());
  if (handle == nullptr) return fail("cannot write the capture file: {}", pcap_geterr(dead.get()));
  return CaptureFile(handle, path);
}

void CaptureFile::write(const CapturedFrame& frame) {
  pcap_pkthdr header{};
  header.ts = frame.time;
  header.len = frame.wire_bytes;
  header.caplen = static_cast<bpf_u_int32>(frame.bytes.size());
  pcap_dump(reinterpret_cast<u_char*>(handle_.get()), &header, frame.bytes.data());
}

Status CaptureFile::finish() {
  if (pcap_dump_flush(handle_.get()) == 0) return {};
  return fail("cannot complete the capture file '{}' (is the disk full?)", path_);
}

}  // namespace aoekit::cli
