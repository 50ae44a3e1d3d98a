# shellcheck shell=bash disable=SC2154,SC2034 # setup-runner sources all parts: they share variables
# The software that a job needs: packages of the system, the runner itself, and the builds for a GPU.

packages_problem() {
  local missing=()
  usable_python || missing+=(python3.11 python3.11-venv)
  command -v git >/dev/null || missing+=(git)
  command -v unshare >/dev/null || missing+=(util-linux)
  command -v tar >/dev/null || missing+=(tar)
  [ ${#missing[@]} -eq 0 ] || echo "not found: ${missing[*]}"
}

# scripts/setup takes the same one; without ensurepip it could make no environment.
usable_python() {
  local python
  python=$(command -v python3.11 || command -v python3 || true)
  "${python:-false}" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

packages_step() {
  local problem
  problem=$(packages_problem)
  step packages packages_problem '' "sudo apt-get install -y ${problem#not found: }"
}

# Jobs make the environment themselves, in their checkout: they are told which builds to take.
choose_device() {
  [ "${setting[device]}" = auto ] || return 0
  if nvidia-smi -L >/dev/null 2>&1; then setting[device]=cuda; else setting[device]=cpu; fi
}

device_problem() {
  [ "${setting[device]}" = cpu ] || nvidia-smi -L >/dev/null 2>&1 || echo 'nvidia-smi finds no GPU'
}

device_step() {
  step "device ${setting[device]}" device_problem '' "install the driver of the GPU, or $(again) --device cpu"
}

# A file is its digest, a folder the digest of the digests of its files.
digest_of() {
  if [ -d "$1" ]; then
    (cd "$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
  else
    sha256sum "$1" | cut -d' ' -f1
  fi
}

# Strangers must not get in here either: an archive comes with its digest, and the digest from a person.
validate_runner() {
  if [ -d "$runner_source" ]; then return 0; fi
  if [ -n "$runner_source" ]; then
    [ -f "$runner_source" ] || usage_error "found no $runner_source, expected the archive of the runner, or a folder"
    [ -n "$runner_sha256" ] || usage_error "found --runner without --runner-sha256, expected the SHA-256 of the release page"
    [ "$(digest_of "$runner_source")" = "$runner_sha256" ] || fail \
      "found SHA-256 $(digest_of "$runner_source") of $runner_source, expected $runner_sha256; download it again"
  elif [ -n "$(installed_problem)" ] && [ -z "$runner_sha256" ]; then
    usage_error "found no runner yet and no --runner-sha256, expected the SHA-256 of $(archive_name) that" \
      "https://github.com/actions/runner/releases/tag/v$runner_version prints, or --runner"
  fi
}

archive_name() {
  local architecture=x64
  [ "$(uname -m)" != aarch64 ] || architecture=arm64
  echo "actions-runner-linux-$architecture-$runner_version.tar.gz"
}

wanted_digest() {
  if [ -n "$runner_source" ]; then digest_of "$runner_source"; else echo "${runner_sha256:-${setting[runner_digest]}}"; fi
}

installed_problem() {
  local name
  for name in run.sh config.sh bin/Runner.Listener; do
    [ -x "$prefix${setting[home]}/runner/$name" ] || echo "no ${setting[home]}/runner/$name"
  done
  [ -f "$prefix$program/runner-files" ] || echo "no $program/runner-files"
}

runner_problem() {
  local loose
  installed_problem
  [ "$(wanted_digest)" = "${setting[runner_digest]}" ] || echo 'another runner is asked for'
  loose=$(loose_files)
  [ -z "$loose" ] || echo "others can change $loose"
}

# What the account of the jobs could change in the runner, it could change for the next job.
loose_files() {
  local name
  [ -f "$prefix$program/runner-files" ] || return 0
  while IFS= read -r name; do
    [ ! -e "$prefix${setting[home]}/runner/$name" ] || find "$prefix${setting[home]}/runner/$name" ! -type l -perm /022
  done <"$prefix$program/runner-files" | sed -n 1p
}

make_runner() {
  local new
  new=$(mktemp -d "$prefix${setting[home]}/new.XXXXXX")
  unpack_runner "$new"
  chmod -R u=rwX,go=rX "$new"
  on_system chown -R root:root "$new"
  move_runner "$new" "$prefix${setting[home]}/runner"
  rmdir "$new"
  setting[runner_digest]=$(wanted_digest)
}

# after-job deletes what is not in the list, so the list is made of what is moved in.
move_runner() { # FROM TO
  local path
  remove_runner_files
  rm -f "$prefix$program/runner-files"
  printf '%s\n' .env .path >"$prefix$program/runner-files"
  while IFS= read -r -d '' path; do
    rm -rf -- "${2:?}/${path##*/}"
    mv -- "$path" "$2/"
    printf '%s\n' "${path##*/}" >>"$prefix$program/runner-files"
  done < <(find "$1" -mindepth 1 -maxdepth 1 -print0 | LC_ALL=C sort -z)
  chmod 444 "$prefix$program/runner-files"
}

unpack_runner() {
  local archive=$runner_source
  if [ -d "$runner_source" ]; then
    cp -RP "$runner_source/." "$1"
    return
  fi
  [ -n "$archive" ] || archive=$(download_runner "$1")
  tar -xzf "$archive" --no-same-owner --no-same-permissions -C "$1"
  rm -f "$1.tar.gz"
}

download_runner() { # PATH, beside which the archive is put
  local url
  url=https://github.com/actions/runner/releases/download/v$runner_version/$(archive_name)
  python3 -I -c 'import sys, urllib.request as r; r.urlretrieve(*sys.argv[1:])' "$url" "$1.tar.gz" ||
    fail "found no answer from $url, expected the runner; try again, or download it and name it with --runner"
  [ "$(digest_of "$1.tar.gz")" = "$runner_sha256" ] ||
    fail "found SHA-256 $(digest_of "$1.tar.gz") of $url, expected $runner_sha256; compare with the release page"
  echo "$1.tar.gz"
}

remove_runner_files() {
  local name
  [ -f "$prefix$program/runner-files" ] || return 0
  while IFS= read -r name; do
    rm -rf -- "$prefix${setting[home]:?}/runner/${name:?}"
  done <"$prefix$program/runner-files"
}
