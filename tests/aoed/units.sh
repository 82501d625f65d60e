#!/usr/bin/env bash
# The systemd units are well-formed, and confined well enough for systemd's own judgement.
source "$(dirname "$0")/../lib/env.sh"
set -euo pipefail

command -v systemd-analyze >/dev/null || skip "systemd-analyze is not installed"
systemd-analyze security --help | grep -q offline || skip "systemd-analyze cannot judge units that are not loaded"
# make install puts programs and units below /usr/local, packages below /usr.
for unit in aoed aoed@ aoefuse; do
  check "$unit.service finds its programs in both" gives 1 '' grep '^Exec[A-Za-z]*=[-+@:!]*/' "$REPO/packaging/systemd/$unit.service"
done
for unit in aoed aoed@; do
  # 5.0 and more is "MEDIUM": not in the green any more.
  check "$unit.service is in the green" systemd-analyze security --offline=true --threshold=49 --no-pager \
    "$REPO/packaging/systemd/$unit.service" >/dev/null
done
((CHECKS_FAILED == 0)) || exit 1
echo "PASS: aoed-units"
