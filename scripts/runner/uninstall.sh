# shellcheck shell=bash disable=SC2154,SC2034 # setup-runner sources all parts: they share variables
# Undoes what prepare did, and says what it leaves.

uninstall() {
  [ -n "$prefix" ] || [ "$(id -u)" -eq 0 ] || usage_error "found user $(id -un), expected root: sudo scripts/setup-runner --uninstall"
  if [ -e "$prefix$unit" ]; then on_system systemctl disable --now "$service"; fi
  remove "$unit"
  on_system systemctl daemon-reload
  remove "$secrets"
  remove "${setting[home]}/runner"
  remove "${setting[home]}/home"
  remove_cache
  remove_account
  remove "$program"
  rmdir "$prefix${setting[home]}" 2>/dev/null || true
  say_what_is_left
}

remove() { # PATH
  if [ -e "$prefix$1" ] || [ -L "$prefix$1" ]; then
    rm -rf -- "$prefix$1"
    report removed "$1"
  fi
}

remove_cache() {
  local cache=${setting[home]}/cache
  if [ "$purge" = yes ]; then
    remove "$cache"
  elif [ -d "$prefix$cache" ]; then
    report left "$cache, $(du -sh "$prefix$cache" | cut -f1) of downloads and graphs; --uninstall --purge deletes it"
  fi
}

remove_account() {
  if [ -z "$prefix" ] && [ -e "$program/runner.conf" ] && [ "${setting[account]}" = created ]; then
    if getent passwd "${setting[user]}" >/dev/null; then userdel "${setting[user]}" && report removed "account ${setting[user]}"; fi
  else
    report left "account ${setting[user]}, if there is one: setup-runner did not make it"
  fi
}

say_what_is_left() {
  local settings="Settings > Actions > Runners of ${setting[repository]:-the repository}"
  [ "${setting[kind]}" = ephemeral ] || report left "the registration on GitHub: remove it in $settings"
  [ "${setting[kind]}" = persistent ] || report left "the access token on GitHub: revoke it in Settings > Developer settings"
}
