# Bash completion of aoefuse(8).

_aoefuse() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} path
  local options="--interface -i --devices --read-only -r --cache --io-uring --dead-seconds --wait-forever"
  options+=" --foreground -f --source"
  case $previous in
    -i | --interface)
      mapfile -t COMPREPLY < <(compgen -W "$(for path in /sys/class/net/*; do echo "${path##*/}"; done)" -- "$word")
      return ;;
    --cache)
      mapfile -t COMPREPLY < <(compgen -W "on off" -- "$word")
      return ;;
    --io-uring)
      mapfile -t COMPREPLY < <(compgen -W "auto off" -- "$word")
      return ;;
    --devices | --dead-seconds | --source) return ;;
  esac
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options --help --version" -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -d -- "$word")
  fi
}

complete -o filenames -F _aoefuse aoefuse
