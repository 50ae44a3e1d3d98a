# shellcheck shell=bash disable=SC2154,SC2034 # setup-runner sources all parts: they share variables
# One step: what is wrong, what mends it, and the line that says so. Nothing is changed but what is wrong.

wrong=0 changed=0 restarted=no

report() { printf '%-8s %s\n' "$1" "$2"; }

# What --prefix leaves out goes through here: owners, accounts, systemd, registration.
on_system() {
  if [ -n "$prefix" ]; then report skipped "$* (because of --prefix)"; else "$@"; fi
}

joined() { sed ':next; $!N; $!b next; s/\n/, /g'; }

# step NAME PROBLEM FIX MEND [ARGUMENT...]: PROBLEM prints what is wrong and nothing if all is right, FIX mends it, and
# MEND tells a person what to do. Both functions get the arguments. FIX is empty where only a person can mend it.
step() {
  local name=$1 look_at=$2 fix=$3 mend=$4 problem good='done' bad=missing
  shift 4
  [ "$mode" != check ] || { good=right && bad=wrong; }
  problem=$("$look_at" "$@" | joined)
  if [ -z "$problem" ]; then
    report "$good" "$name"
  elif [ "$mode" = check ] || { [ -z "$fix" ] && [ "$mode" = install ]; }; then
    report "$bad" "$name: $problem; to mend it: $mend"
    wrong=$((wrong + 1))
  elif [ "$mode" = dry-run ]; then
    report missing "$name: $problem"
  else
    mend_step "$name" "$problem" "$look_at" "$fix" "$@"
  fi
}

mend_step() { # NAME PROBLEM LOOK FIX ARGUMENT...
  local name=$1 problem=$2 look_at=$3 fix=$4
  shift 4
  "$fix" "$@"
  report changed "$name: $problem"
  changed=$((changed + 1))
  problem=$("$look_at" "$@" | joined)
  [ -z "$problem" ] || fail "$name is still not right after it was mended: $problem"
}

again() { echo "sudo scripts/setup-runner --repo ${setting[repository]:-OWNER/NAME}"; }

owner_problem() { # PATH OWNER
  local found
  # Everything below --prefix belongs to whoever runs this.
  if [ -n "$prefix" ]; then return; fi
  found=$(stat -c '%U:%G' "$1")
  [ "$found" = "$2" ] || echo "$1 belongs to $found, expected $2"
}

place_problem() { # PATH MODE OWNER
  local found
  found=$(stat -c '%a' "$prefix$1")
  [ "$found" = "$2" ] || echo "$1 has mode $found, expected $2"
  owner_problem "$prefix$1" "$3"
}

# Without root nobody can look into root's own folders: that is no fault, and it is said.
hidden() { # PATH
  [ "$(id -u)" -ne 0 ] && [ -d "$prefix$(dirname "$1")" ] && [ ! -x "$prefix$(dirname "$1")" ]
}

folder_problem() { # PATH MODE OWNER
  if [ -L "$prefix$1" ] || [ ! -d "$prefix$1" ]; then
    echo "no folder $1"
  else
    place_problem "$@"
  fi
}

make_folder() { # PATH MODE OWNER
  # install -d would follow a link that was put there instead.
  if [ -L "$prefix$1" ]; then rm -f "$prefix$1"; fi
  mkdir -p "$prefix$1"
  # What an account of the same name left here before must belong to the new one.
  case $3 in
    root:*) on_system chown "$3" "$prefix$1" ;;
    *) on_system chown -R "$3" "$prefix$1" ;;
  esac
  chmod "$2" "$prefix$1"
}

# file_problem and make_file take the function that prints what the file must contain.
file_problem() { # PATH MODE OWNER CONTENT
  if [ -L "$prefix$1" ] || [ ! -f "$prefix$1" ]; then
    echo "no file $1"
  else
    place_problem "$1" "$2" "$3"
    [ ! -r "$prefix$1" ] || cmp -s <("$4") "$prefix$1" || echo "$1 is not what setup-runner writes"
  fi
}

make_file() { # PATH MODE OWNER CONTENT
  local new
  mkdir -p "$prefix$(dirname "$1")"
  new=$(mktemp "$prefix$1.XXXXXX")
  "$4" >"$new"
  chmod "$2" "$new"
  on_system chown "$3" "$new"
  mv -fT "$new" "$prefix$1"
}

folder_step() { step "$1" folder_problem make_folder "$(again)" "${@:2}"; }

file_step() { # NAME PATH MODE OWNER CONTENT
  if hidden "$2"; then
    report unseen "$1: only root can look at $2; run --check with sudo"
  else
    step "$1" file_problem make_file "$(again)" "${@:2}"
  fi
}
