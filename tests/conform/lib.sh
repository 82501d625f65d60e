# What the runs of the conformance suite share.
#
#   conform_pair NAME MTU    network, and an image of 8 MiB with content in $IMAGE, exported as e1.2 by $VBLADE
#   conform [OPTION...]      runs the suite from the client over the last 128 sectors; output on stdout
#   image_sum                the image's checksum

source "$(dirname "${BASH_SOURCE[0]}")/../lib/netns.sh"

client_has_carrier() { [[ $(in_client cat "/sys/class/net/$CLIENT_IF/operstate") == up ]]; }

conform_pair() {
  [[ -x $AOEKIT_BIN/aoe ]] || skip "no aoe in $AOEKIT_BIN"
  "$AOEKIT_BIN/aoe" conform --list >/dev/null 2>&1 || skip "$AOEKIT_BIN/aoe has no subcommand conform"
  netns_pair "$1" "$2"
  IMAGE=$TEST_TMP/disk.img
  head -c 8M /dev/urandom >"$IMAGE"
  wait_for 5 client_has_carrier || fail "$CLIENT_IF got no carrier"
  start_target 1 2 "$SERVER_IF" "$IMAGE"
}

# Bounded in time: a target that hangs must not hang the test.
conform() { timeout 240 ip netns exec "$CLIENT_NS" "$AOEKIT_BIN/aoe" conform e1.2 -i "$CLIENT_IF" --window 16256:128 "$@"; }

image_sum() { sha256sum <"$IMAGE"; }
