#!/usr/bin/env bash
# Runs docs/admin-guide.md as it stands, on two machines made of network namespaces (tests/lib/document.sh), with /etc/aoekit,
# /srv and what else aoed uses of a machine of this test's own.
source "$(dirname "$0")/../fuse/lib.sh"
source "$(dirname "$0")/../lib/document.sh"
set -euo pipefail

SERVER_IF=eth0 CLIENT_IF=eth0   # the document's names
fuse_begin aoed-admin-guide 9000
require_tool mkfs.ext4 losetup systemd-sysusers systemd-tmpfiles
require_loop
[[ -x $AOEKIT_BIN/aoed ]] || skip "no aoed at $AOEKIT_BIN/aoed"
[[ -d /usr/share/common-licenses ]] || skip "no files to copy"

# The account as the package's sysusers.d line makes it, in copies of the account files.
mkdir "$TEST_TMP/root" "$TEST_TMP/root/etc"
cp /etc/passwd /etc/group "$TEST_TMP/root/etc/"
systemd-sysusers --root="$TEST_TMP/root" "$REPO/packaging/sysusers.d/aoekit.conf"
for file in passwd group; do mount --bind "$TEST_TMP/root/etc/$file" "/etc/$file"; done
for directory in /etc/aoekit /srv /run/aoekit /var/lib/aoekit; do
  mkdir -p "$directory"
  mount -t tmpfs none "$directory"
done
chmod 0755 /etc/aoekit /srv
systemd-tmpfiles --create "$REPO/packaging/tmpfiles.d/aoekit.conf"
mkdir "$TEST_TMP/server" "$TEST_TMP/client"
at_exit umount -l /dev/etherd
at_exit umount -l "$TEST_TMP/client/mountpoint"

open_shell server "$SERVER_NS"
open_shell client "$CLIENT_NS"
run_document "$REPO/docs/admin-guide.md"
((COMMANDS > 20)) || fail "only $COMMANDS commands were found in docs/admin-guide.md"
test_end
