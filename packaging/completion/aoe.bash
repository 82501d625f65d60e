# Bash completion of aoe(1): subcommands, options, interfaces, operations and files.

_aoe_interfaces() {
  local path
  for path in /sys/class/net/*; do printf '%s\n' "${path##*/}"; done
}

# The options of subcommand $1; a trailing "=" marks those that take a value.
_aoe_options() {
  local network="--interface= -i= --timeout= --tries= --json"
  local daemon="--socket= --timeout= --json"
  local settings="--interface= -i= --allow= --deny= --allow-write= --deny-write= --description= --offset= --length="
  settings+=" --serial= --model= --durability= --caching= --sharing= --exclusive-timeout= --limit-bytes="
  settings+=" --client-limit-bytes= --buffers= --limit-requests= --client-limit-requests= --read-only --force --save"
  local transfer="--offset= --count= --give-up= --quiet -q $network"
  case $1 in
    discover) echo "--interface= -i= --timeout= --json" ;;
    list | stat) echo "--interface= -i= --timeout= --watch -w --interval= --json" ;;
    ping) echo "--interface= -i= --count= -c= --wait= -W= --interval= --quiet -q --json" ;;
    identify) echo "--raw $network" ;;
    smart) echo "--log= --log-sectors= $network" ;;
    read) echo "$transfer" ;;
    write) echo "--verify --pad --no-flush $transfer" ;;
    copy) echo "--verify --resume --checkpoint= --force --give-up= --quiet -q $network" ;;
    config) echo "--hex $network --from= --output= -o= --force" ;;
    mask) echo "$network" ;;
    reserve) echo "--force $network" ;;
    mount) echo "--types= -t= --options= -o= --etherd= --interface= -i= --timeout=" ;;
    umount) ;;
    dump) echo "--interface= -i= --read= -r= --write= -w= --count= -c= --json" ;;
    chaos) echo "--loss= --duplicate= --delay= --reorder= --reorder-by= --corrupt= --rate= --cut= --mtu-drop= --queue=" \
      "--direction= --only-aoe --seed= --duration= --stats-interval= --json" ;;
    doctor) echo "--interface= -i= --timeout= --json" ;;
    status | reload) echo "$daemon" ;;
    top) echo "--delay= -d= --once $daemon" ;;
    "export add") echo "$settings $daemon" ;;
    "export set") echo "--path= --read-write --default= $settings $daemon" ;;
    "export remove") echo "--force --save $daemon" ;;
    "export resize") echo "--force $daemon" ;;
    "export "* | "client "* | "interface "*) echo "$daemon" ;;
    bench) echo "--read --write --mix= --query --random --sequential --size= --range= --depth= --window= --rate=" \
      "--seconds= --warm-up= --spin --layer= --pid= --seed= --interface= -i= --json" ;;
    conform) echo "--interface= -i= --window= --only= --list --other-mac= --timeout= --json" ;;
  esac
}

# The operations of subcommand $1, where they are subcommands themselves.
_aoe_operations() {
  case $1 in
    export) echo "list show add set remove resize announce release mask reserve" ;;
    client | interface) echo "list" ;;
  esac
}

# The words that argument number $2 (from 1) of subcommand $1 may be; "@files" for file names.
_aoe_arguments() {
  case $1:$2 in
    "export add:2") echo "@files" ;;
    "export mask:2" | "export reserve:2") echo "list set add remove clear" ;;
    read:2 | write:2 | copy:1 | copy:2 | mount:2 | umount:1) echo "@files" ;;
    mount:1) (cd /dev/etherd 2>/dev/null && compgen -G "e[0-9]*.[0-9]*") ;;
    config:1) echo "all import" ;;
    config:2) if [ "${COMP_WORDS[2]}" = import ]; then echo "@files"; else echo "read test prefix set force-set"; fi ;;
    mask:2) echo "list add remove" ;;
    chaos:1 | chaos:2) _aoe_interfaces ;;
    reserve:2) echo "list set force release" ;;
  esac
}

_aoe() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} subcommand=${COMP_WORDS[1]}
  local i options argument=0 words first=2
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    words="discover list stat ping identify smart read write copy config"
    words+=" mask reserve mount umount dump chaos doctor conform bench"
    words+=" export client interface status reload top --help --version"
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    return
  fi
  words=$(_aoe_operations "$subcommand")
  if [[ -n $words ]]; then
    if ((COMP_CWORD == 2)); then
      mapfile -t COMPREPLY < <(compgen -W "$words --help" -- "$word")
      return
    fi
    subcommand+=" ${COMP_WORDS[2]}"
    first=3
  fi
  options=$(_aoe_options "$subcommand")
  case $previous in
    -i | --interface)
      mapfile -t COMPREPLY < <(compgen -W "$(_aoe_interfaces)" -- "$word")
      return ;;
    --direction)
      mapfile -t COMPREPLY < <(compgen -W "a-to-b b-to-a both" -- "$word")
      return ;;
    --layer)
      mapfile -t COMPREPLY < <(compgen -W "wire library" -- "$word")
      return ;;
    --durability)
      mapfile -t COMPREPLY < <(compgen -W "durable flush none" -- "$word")
      return ;;
    --caching)
      mapfile -t COMPREPLY < <(compgen -W "buffered direct" -- "$word")
      return ;;
    --sharing)
      mapfile -t COMPREPLY < <(compgen -W "single shared exclusive" -- "$word")
      return ;;
    --checkpoint | --socket | --path)
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return ;;
    -r | --read | -w | --write)
      if [[ $subcommand == dump ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
      fi ;;
  esac
  [[ " $options " == *" $previous= "* ]] && return   # a number or name that cannot be guessed
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "${options//=/} --help" -- "$word")
    return
  fi
  for ((i = first; i <= COMP_CWORD; i++)); do
    [[ ${COMP_WORDS[i]} == -* || " $options " == *" ${COMP_WORDS[i - 1]}= "* ]] || argument=$((argument + 1))
  done
  words=$(_aoe_arguments "$subcommand" "$argument")
  if [[ $words == @files ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  fi
}

complete -o filenames -F _aoe aoe
