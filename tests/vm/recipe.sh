# Recipes of the documentation, as the tests run them: the code block behind "<!-- recipe NAME -->".
#
#   recipe FILE NAME     prints it; ends the test when it is not there
recipe() {
  local text
  text=$(awk -v mark="<!-- recipe $2 -->" '$0 == mark { found = 1; next } found && /^```/ { if (inside) exit; inside = 1; next } inside' \
    "$REPO/docs/$1")
  [[ -n $text ]] || fail "docs/$1 has no recipe $2"
  printf '%s\n' "$text"
}
