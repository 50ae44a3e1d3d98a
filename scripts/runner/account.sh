# shellcheck shell=bash disable=SC2154,SC2034 # setup-runner sources all parts: they share variables
# The account that runs jobs: no login, and in no group that is as good as root.

powerful_groups='root|sudo|wheel|admin|adm|docker|lxd|incus|libvirt|disk|shadow'

account_problem() {
  local entry groups
  entry=$(getent passwd "${setting[user]}") || { echo "no account ${setting[user]}" && return; }
  [[ ${entry##*:} =~ /(nologin|false)$ ]] || echo "the account ${setting[user]} can log in with ${entry##*:}"
  groups=$(id -nG "${setting[user]}" | tr ' ' '\n' | grep -Ex "$powerful_groups" | paste -sd, || true)
  [ -z "$groups" ] || echo "the account ${setting[user]} is in $groups, which is as good as root"
  [ "$(id -u)" -ne 0 ] || ! grants_sudo || echo "sudo allows something to ${setting[user]}"
}

grants_sudo() {
  command -v sudo >/dev/null && sudo -l -U "${setting[user]}" 2>/dev/null | grep -q 'may run the following'
}

# An account that was there before is looked at and never changed: it is somebody's.
make_account() {
  if getent passwd "${setting[user]}" >/dev/null; then
    fail "$(account_problem | joined); expected one for jobs alone. Name another with --user, or take these rights away"
  fi
  useradd --system --user-group --shell /usr/sbin/nologin --no-create-home --home-dir "${setting[home]}/home" "${setting[user]}"
}

remember_account() {
  # Only what setup-runner made is deleted by --uninstall.
  if [ -z "$prefix" ] && [ ! -e "$program/runner.conf" ] && getent passwd "${setting[user]}" >/dev/null; then
    setting[account]=found
  fi
}

account_step() {
  if [ -n "$prefix" ]; then
    report skipped "account ${setting[user]} (because of --prefix)"
  else
    step account account_problem make_account "$(again), or another --user"
  fi
}
