# shellcheck shell=bash disable=SC2154,SC2034 # setup-runner sources all parts: they share variables
# What each file that setup-runner writes must contain. Every function prints one file.

the_gate() { cat "$scripts/runner-gate"; }
the_cleaning() { cat "$scripts/runner/clean"; }
the_emptying() { cat "$scripts/runner/after-job"; }
the_registration() { cat "$scripts/runner/register.py"; }

gate_config() {
  echo "# Written by setup-runner. The gate refuses every job but this one."
  echo "repository=${setting[repository]}"
  [ -z "${setting[repository_id]}" ] || echo "repository_id=${setting[repository_id]}"
  echo "server_url=${setting[server_url]}"
  echo "ref=refs/heads/main"
  echo "workflow=release.yml"
  echo "job=convert"
  echo "events=push schedule workflow_dispatch"
}

recorded_settings() {
  local key
  for key in "${recorded[@]}"; do echo "$key=${setting[$key]}"; done
}

# The runner reads both from its own folder, over what systemd gives it; so both are root's there.
runner_env() {
  local cache=${setting[home]}/cache
  cat <<TEXT
ACTIONS_RUNNER_HOOK_JOB_STARTED=$program/gate.sh
ACTIONS_RUNNER_HOOK_JOB_COMPLETED=$program/clean.sh
ONNX_REGISTRY_CACHE=$cache/onnx-registry
ONNX_REGISTRY_DEVICE=${setting[device]}
HF_HOME=$cache/huggingface
PIP_CACHE_DIR=$cache/pip
LANG=C.UTF-8
TEXT
}

runner_path() { echo /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; }

unit_file() {
  unit_head
  [ "${setting[kind]}" = persistent ] || unit_registration
  [ -z "${setting[memory_max]}" ] || echo "MemoryMax=${setting[memory_max]}"
  unit_limits
}

unit_head() {
  cat <<TEXT
[Unit]
Description=The runner of release.yml of ${setting[repository]}
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
User=${setting[user]}
WorkingDirectory=${setting[home]}/runner
# "+" is root: what a killed job left is deleted before the next registration, too.
ExecStartPre=+/bin/bash $program/after-job
ExecStart=${setting[home]}/runner/run.sh
ExecStopPost=+/bin/bash $program/after-job
Restart=always
RestartSec=15
KillMode=control-group
TimeoutStopSec=5min
TEXT
}

# systemd, not the job's account, reads the file. "-": when ExecStartPre begins it is not there yet.
# https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#EnvironmentFile=
# The runner takes the variable for its option --jitconfig, which everybody could read in the list of processes:
# https://github.com/actions/runner/blob/v2.336.0/src/Runner.Listener/CommandSettings.cs
unit_registration() {
  cat <<TEXT
ExecStartPre=+/usr/bin/env python3 -I $program/register.py $program/runner.conf $secrets/token $jit_environment
EnvironmentFile=-$jit_environment
TEXT
}

# What is not here: RestrictNamespaces, because conversion takes a namespace without a network for itself; PrivateDevices
# and ProtectClock, which close the GPU's devices too; ProtectKernelTunables, ProtectKernelLogs and ProtectHostname, whose
# mounts over parts of /proc keep such a namespace from having a /proc of its own. Without new privileges nvidia-modprobe
# cannot make the devices of the GPU: they must be there before, as nvidia-persistenced sees to.
unit_limits() {
  cat <<TEXT
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ReadWritePaths=${setting[home]}/runner ${setting[home]}/home ${setting[home]}/cache
InaccessiblePaths=$secrets
ProtectHome=yes
PrivateTmp=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
LockPersonality=yes
UMask=0077

[Install]
WantedBy=multi-user.target
TEXT
}
