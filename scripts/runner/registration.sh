# shellcheck shell=bash disable=SC2154,SC2034 # setup-runner sources all parts: they share variables
# The token, and what it is for: a new registration for every job, or one for good. It is never printed, never an argument
# of a program (everybody can read those) and never where the account of the jobs can read it.

token=''

read_token() {
  local source=$token_file
  if [ -z "$token_file" ]; then
    require_kept_token
    return
  fi
  if [ "$token_file" = - ]; then
    source=/dev/stdin
  else
    [ -r "$token_file" ] || usage_error "found no file $token_file that can be read, expected a token in it"
    (($(stat -Lc '0%a' "$token_file") & 044)) &&
      usage_error "found $token_file with mode $(stat -Lc '%a' "$token_file"), expected one that only you can read: chmod 600"
  fi
  # Without end of line; a longer file is no token, and is not read to its end.
  token=$(head -c 1000 "$source" | tr -d '\r\n')
  validate_token
}

require_kept_token() {
  [ "$mode" = install ] || return 0
  [ -z "$(kept_problem)" ] || usage_error "found no --token-file and nothing of an earlier one, expected $(token_kind)"
}

kept_problem() {
  if [ "${setting[kind]}" = ephemeral ]; then
    [ -f "$prefix$secrets/token" ] || echo "no $secrets/token"
  else
    [ -n "$prefix" ] || [ -f "${setting[home]}/runner/.runner" ] || echo "no ${setting[home]}/runner/.runner"
  fi
}

token_kind() {
  if [ "${setting[kind]}" = ephemeral ]; then
    echo 'a fine-grained personal access token, which begins with github_pat_'
  else
    echo 'the registration token of New self-hosted runner, of A-Z and 0-9'
  fi
}

# A classic token opens every repository of its owner, and an access token must never meet the account of the jobs.
validate_token() {
  local pattern='^[A-Z0-9]{20,100}$'
  [ "${setting[kind]}" = persistent ] || pattern='^github_pat_[A-Za-z0-9_]{20,500}$'
  [[ $token =~ $pattern ]] ||
    usage_error "found something else in --token-file (it is not shown), expected $(token_kind) (${setting[kind]})"
}

wanted_token() {
  if [ -n "$token" ]; then printf '%s\n' "$token"; else cat "$prefix$secrets/token"; fi
}

registration_step() {
  if [ "${setting[kind]}" = ephemeral ]; then
    file_step 'access token' "$secrets/token" 600 root:root wanted_token
  else
    step 'no access token' forgotten_problem forget_token "$(again) --no-ephemeral"
    persistent_step
  fi
}

forgotten_problem() { [ ! -e "$prefix$secrets/token" ] || echo "found $secrets/token, which nothing needs"; }
forget_token() { rm -f "$prefix$secrets/token"; }

persistent_step() {
  if [ -n "$prefix" ]; then
    report skipped 'registration (because of --prefix)'
  else
    step registration kept_problem register_for_good "$(again) --no-ephemeral --token-file FILE"
  fi
}

# config.sh takes the token from this variable and removes it:
# https://github.com/actions/runner/blob/v2.336.0/src/Runner.Listener/CommandSettings.cs
register_for_good() (
  cd "${setting[home]}/runner" || exit
  export ACTIONS_RUNNER_INPUT_TOKEN=$token
  runuser -u "${setting[user]}" -- ./config.sh --unattended --replace --disableupdate --work _work \
    --url "${setting[server_url]}/${setting[repository]}" --labels "${setting[labels]}" --name "$(hostname -s)"
)
