# shellcheck shell=bash disable=SC2154,SC2034 # setup-runner sources all parts: they share variables
# All steps in their order, and the three ways through them: prepare, say what would be changed, look.

prepare() {
  [ -n "$prefix" ] || [ "$mode" = dry-run ] || [ "$(id -u)" -eq 0 ] ||
    usage_error "found user $(id -un), expected root: sudo scripts/setup-runner ..."
  remember_account
  choose_device
  validate_runner
  read_token
  all_steps
  if [ "$wrong" -gt 0 ]; then
    fail "$wrong missing; do what the lines above say, and run this again"
  elif [ "$mode" = dry-run ]; then
    echo 'Nothing was changed.'
  else
    echo "$changed changed. The maintainer's next step: scripts/setup-runner --check"
  fi
}

look() {
  if [ ! -r "$prefix$program/runner.conf" ]; then
    report wrong "nothing is set up here: no $program/runner.conf; to mend it: $(again)"
    exit 1
  fi
  all_steps
  [ "$wrong" -eq 0 ] || fail "$wrong wrong"
  echo "All right for ${setting[repository]}."
}

all_steps() {
  packages_step
  account_step
  folders
  gate_steps
  runner_steps
  device_step
  registration_step
  service_steps
}

folders() {
  local user=${setting[user]}
  folder_step 'program folder' "$program" 755 root:root
  folder_step 'secrets folder' "$secrets" 700 root:root
  folder_step 'home' "${setting[home]}" 755 root:root
  # Sticky: the runner, as the account of the jobs, adds files here, and can neither replace nor delete those of root.
  folder_step 'runner folder' "${setting[home]}/runner" 1775 "root:$user"
  folder_step 'home of jobs' "${setting[home]}/home" 700 "$user:$user"
  folder_step 'cache folder' "${setting[home]}/cache" 700 "$user:$user"
}

gate_steps() {
  file_step 'gate' "$program/gate.sh" 555 root:root the_gate
  file_step 'gate config' "$program/gate.conf" 444 root:root gate_config
  # The runner wants hooks whose names end in .sh.
  file_step 'cleaning' "$program/clean.sh" 555 root:root the_cleaning
  file_step 'emptying' "$program/after-job" 555 root:root the_emptying
  file_step 'registering' "$program/register.py" 444 root:root the_registration
}

runner_steps() {
  step runner runner_problem make_runner "$(again) --runner-sha256 DIGEST"
  file_step 'environment' "${setting[home]}/runner/.env" 444 root:root runner_env
  file_step 'path' "${setting[home]}/runner/.path" 444 root:root runner_path
  file_step 'settings' "$program/runner.conf" 444 root:root recorded_settings
}

service_steps() {
  file_step 'unit' "$unit" 644 root:root unit_file
  if [ -n "$prefix" ]; then
    report skipped "service $service (because of --prefix)"
  else
    step service service_problem start_service "sudo systemctl enable --now $service"
  fi
}

service_problem() {
  # A service that reads a changed file only when it starts is as good as stopped.
  [ "$changed" -eq 0 ] || [ "$restarted" = yes ] || echo 'something above was changed'
  systemctl is-enabled --quiet "$service" 2>/dev/null || echo 'not enabled'
  # Between two jobs it waits to be started again.
  case $(systemctl is-active "$service" 2>/dev/null) in active | activating) ;; *) echo 'not running' ;; esac
}

# A job that runs goes on with what it has; the next one gets the rest.
start_service() {
  systemctl daemon-reload
  systemctl enable --now "$service"
  pgrep -u "${setting[user]}" -x Runner.Worker >/dev/null || systemctl restart "$service"
  restarted=yes
}
