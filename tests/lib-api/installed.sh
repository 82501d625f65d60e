#!/usr/bin/env bash
# libaoekit after `make install`: programs in plain C, built with pkg-config, against vblade in another namespace.
source "$(dirname "$0")/../lib/netns.sh"
set -euo pipefail

test_begin lib-api-installed
: "${AOEKIT_BUILD:=$REPO/build}"
require_tool cc pkg-config cmake
netns_pair lib 9000
here=$REPO/tests/lib-api root=$TEST_TMP/root
DESTDIR=$root cmake --install "$AOEKIT_BUILD" --prefix /usr/local --component libaoekit \
  >"$TEST_LOGS/install.log" 2>&1 || fail "install failed"
PKG_CONFIG_PATH=$(dirname "$(find "$root" -name aoekit.pc)")
export PKG_CONFIG_PATH
export PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1
LD_LIBRARY_PATH=$(dirname "$(find "$root" -name libaoekit.so.0)")
read -ra flags <<<"$(pkg-config --cflags --libs aoekit)"
build() { cc -std=c99 -D_GNU_SOURCE -Wall -Wextra -Werror -pthread "$1" -o "$2" "${flags[@]}"; }
check "pkg-config knows the version" test "$(pkg-config --modversion aoekit)" == "$(cat "$REPO/VERSION")"
check "the example compiles" build "$REPO/docs/examples/aoe-cat.c" "$TEST_TMP/aoe-cat"
check "the exercise compiles" build "$here/exercise.c" "$TEST_TMP/exercise"
as_client() { timeout 60 ip netns exec "$CLIENT_NS" env LD_LIBRARY_PATH="$LD_LIBRARY_PATH" "$@"; }

image=$TEST_TMP/disk.img
make_image "$image" 8M
head -c 5M /dev/urandom | dd of="$image" bs=64k conv=notrunc status=none
capture_start lib-api 128
start_target 1 2 "$SERVER_IF" "$image"

cat_is_the_disk() { as_client "$TEST_TMP/aoe-cat" "aoe://$CLIENT_IF/$1" 2>"$TEST_TMP/err" | cmp - "$image"; }
check "aoe-cat prints the disk" cat_is_the_disk 1.2
check "aoe-cat without a target" gives 1 "aoe-cat: cannot open: e9.9: no answer .*" \
  as_client "$TEST_TMP/aoe-cat" "aoe://$CLIENT_IF/9.9"
check "aoe-cat without such an interface" gives 1 "aoe-cat: cannot start: no interface 'eth77' \(there are: .*" \
  as_client "$TEST_TMP/aoe-cat" aoe://eth77/1.2
check "aoe-cat with nonsense" gives 1 "aoe-cat: usage: 'nonsense' is not the address of a disk: .*" \
  as_client "$TEST_TMP/aoe-cat" nonsense
check "aoe-cat without the privilege" gives 1 "aoe-cat: cannot start: sending and receiving .* needs CAP_NET_RAW: .*" \
  as_client setpriv --bounding-set=-net_raw --inh-caps=-net_raw "$TEST_TMP/aoe-cat" "aoe://$CLIENT_IF/1.2"

for thread in own caller; do
  check "everything once, thread mode $thread" as_client "$TEST_TMP/exercise" "$thread" "$CLIENT_IF" 1 2
done

# A target that is killed in the middle, and comes back.
(sleep 0.5; kill_target) &
killer=$!
check "dead seconds: fails, then recovers by itself" as_client "$TEST_TMP/exercise" outage "$CLIENT_IF" 1 2 \
  "$TEST_TMP/down" &
outage=$!
wait "$killer"
wait_for 30 test -e "$TEST_TMP/down" || fail "the outage was not noticed"
start_target 1 2 "$SERVER_IF" "$image"
check "the outage's end" wait "$outage"
stop_target
test_end
