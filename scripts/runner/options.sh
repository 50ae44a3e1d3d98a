# shellcheck shell=bash disable=SC2154,SC2034 # setup-runner sources all parts: they share variables
# What setup-runner is asked to do: its options, what they may be, and what was recorded when it ran before.

# Where everything stands, below --prefix. The program and its settings are public and root's; the token is root's alone.
service=onnx-registry-runner
program=/opt/$service
secrets=/etc/$service
unit=/etc/systemd/system/$service.service
jit_environment=/run/$service/jit.env
runner_version=2.336.0

mode=install prefix='' purge=no token_file='' runner_source='' runner_sha256=''
# Recorded in runner.conf, so that --check and --uninstall need no options. An option goes before what is recorded.
recorded=(repository repository_id server_url labels user home kind device memory_max account runner_digest)
declare -A setting=() given=()

usage_error() {
  echo "setup-runner: $*; see --help" >&2
  exit 2
}

fail() {
  echo "setup-runner: $*" >&2
  exit 1
}

help() {
  cat <<TEXT
Usage: sudo scripts/setup-runner --repo OWNER/NAME --token-file FILE --runner-sha256 DIGEST [options]
       scripts/setup-runner --check | --uninstall [--purge] | --dry-run ...

Prepares this machine as a self-hosted runner that does one thing: the job "convert" of release.yml on main of one
repository. It can be run again at any time: what is right stays as it is ("done"), what is not is mended ("changed").

  --repo OWNER/NAME       the repository, spelt as GitHub spells it
  --repo-id NUMBER        its number: then a repository that only has its name is refused too. It is the first "id" in
                          https://api.github.com/repos/OWNER/NAME
  --url URL               the GitHub server (default https://github.com)
  --token-file FILE       the token, in a file that only you can read; - is standard input. It is never printed.
                            ephemeral: a fine-grained personal access token (github_pat_...) for this repository alone
                              with "Administration: read and write", because every job needs a new registration. It can
                              change the settings of the repository, so it is kept where only root can read it, and
                              jobs get a registration for one job instead.
                            --no-ephemeral: the registration token of Settings > Actions > Runners > New self-hosted
                              runner. It is used once, within its hour, and not kept.
  --ephemeral             (default) one job, then everything that the job left is deleted, and a new registration
  --no-ephemeral          one registration for good: no access token on the machine, but jobs can see what others left
  --labels LIST           labels beside self-hosted, with commas between (default gpu)
  --runner PATH           the runner of https://github.com/actions/runner/releases: its .tar.gz, or a folder that you
                          unpacked. Without it version $runner_version is downloaded from there.
  --runner-sha256 DIGEST  the SHA-256 of that .tar.gz; the release page prints it under "SHA-256 Checksums"
  --user NAME             the account that runs jobs (default onnx-runner): no login, no sudo, nothing of its own
  --home FOLDER           where runner and caches live (default /var/lib/$service)
  --device auto|cuda|cpu  which build of torch and onnxruntime jobs install (default auto: cuda if nvidia-smi works)
  --memory-max SIZE       a limit for everything that a job starts, such as 24G (default none)

  --check                 say what is right, what is wrong and what mends it; changes nothing. Exit code 0 or 1.
                          Without root, what only root can read is left out and named.
  --dry-run               say what would be changed, and change nothing
  --uninstall             undo it all, but for the caches; --purge deletes them too
  --prefix FOLDER         a root of the file system to try it in, as any user: accounts, owners, systemd and registration
                          are left out, and named
  --help                  print this

Exit codes: 0 done, 1 something is missing or wrong, 2 usage.
TEXT
}

parse_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h) help && exit 0 ;;
      --check | --uninstall | --dry-run) set_mode "${1#--}" ;;
      --purge) purge=yes ;;
      --ephemeral) given[kind]=ephemeral ;;
      --no-ephemeral) given[kind]=persistent ;;
      --repo | --repo-id | --url | --labels | --user | --home | --device | --memory-max | --token-file | --runner | --runner-sha256 | --prefix)
        [ $# -ge 2 ] || usage_error "found $1 at the end, expected a value after it"
        take "$1" "$2"
        shift
        ;;
      *) usage_error "found '$1', which is no option" ;;
    esac
    shift
  done
}

set_mode() {
  [ "$mode" = install ] || usage_error "found --$mode and --$1, expected one of them"
  mode=$1
}

take() { # OPTION VALUE
  case $1 in
    --repo) given[repository]=$2 ;;
    --repo-id) given[repository_id]=$2 ;;
    --url) given[server_url]=${2%/} ;;
    --memory-max) given[memory_max]=$2 ;;
    --labels | --user | --home | --device) given[${1#--}]=$2 ;;
    --token-file) token_file=$2 ;;
    --runner) runner_source=$2 ;;
    --runner-sha256) runner_sha256=$2 ;;
    --prefix) prefix=${2%/} ;;
  esac
}

# Defaults, over them what is recorded, over that what is given. The file is read as data: nothing in it is executed.
load_settings() {
  local line key
  setting=([server_url]=https://github.com [labels]=gpu [user]=onnx-runner [home]=/var/lib/$service [kind]=ephemeral
    [repository]='' [repository_id]='' [device]=auto [memory_max]='' [account]=created [runner_digest]='')
  if [ -r "$prefix$program/runner.conf" ]; then
    while IFS= read -r line; do
      key=${line%%=*}
      [[ " ${recorded[*]} " == *" $key "* ]] && setting[$key]=${line#*=}
    done <"$prefix$program/runner.conf"
  fi
  for key in "${!given[@]}"; do setting[$key]=${given[$key]}; done
}

matches() { # OPTION SETTING PATTERN WHAT-IS-EXPECTED
  [[ ${setting[$2]} =~ $3 ]] || usage_error "found $1 '${setting[$2]}', expected $4"
}

validate_options() {
  [ "$purge" = no ] || [ "$mode" = uninstall ] || usage_error "found --purge, expected --uninstall with it"
  [ -z "$prefix" ] || [[ $prefix == /* && -d $prefix ]] || usage_error "found --prefix '$prefix', expected a folder, from /"
  matches --user user '^[a-z_][a-z0-9_-]{0,30}$' 'a name such as onnx-runner'
  [ "${setting[user]}" != root ] || usage_error "found --user root, expected an account that can do nothing but its jobs"
  matches --home home '^(/[A-Za-z0-9_-][A-Za-z0-9._-]*){2,}$' 'a folder below another one, such as /var/lib/runner'
  if [ "$mode" = uninstall ] || { [ "$mode" = check ] && [ -z "${setting[repository]}" ]; }; then return; fi
  [ -n "${setting[repository]}" ] || usage_error "found no --repo, expected --repo OWNER/NAME"
  matches --repo repository '^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$' 'OWNER/NAME'
  matches --repo-id repository_id '^[0-9]*$' 'a number'
  # A token must not travel in the clear; loopback is for tests.
  matches --url server_url '^(https://[A-Za-z0-9.-]+|http://127\.0\.0\.1)(:[0-9]+)?$' 'a server such as https://github.com'
  matches --labels labels '^[A-Za-z0-9._-]+(,[A-Za-z0-9._-]+)*$' 'labels with commas between'
  matches --device device '^(auto|cuda|cpu)$' 'auto, cuda or cpu'
  matches --memory-max memory_max '^([0-9]+[KMGT]?)?$' 'a size such as 24G'
  [[ $runner_sha256 =~ ^([0-9a-f]{64})?$ ]] || usage_error "found --runner-sha256 '$runner_sha256', expected 64 of 0-9 and a-f"
}
