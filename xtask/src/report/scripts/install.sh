#!/bin/sh
# Installs the archive of the bundle that this file lies in, and takes an installation back.
#
# Needs a POSIX shell, sed, GNU coreutils or BusyBox, and something that unpacks: unzip, bsdtar or BusyBox for a zip,
# tar and gzip for a tar.gz. Writes nothing outside of the folder that it is given, and never deletes an installation.
# Exit codes: 0 done; 1 it failed, and what was installed is as before; 2 usage; 4 the bundle is not verified.

set -u
# Whatever is unpacked belongs to its owner alone until it has the modes of the manifest.
umask 077
unset CDPATH
newline='
'
# The locale that file names are unpacked in: one that has them all. What this script does itself is bytes.
unpacking_locale=C.UTF-8
LC_ALL=C
export LC_ALL
top=wso2mi-4.0.0

usage() {
  printf '%s\n' \
    'Usage: sh install.sh [--public-key KEY] FOLDER' \
    '       sh install.sh --rollback FOLDER' \
    '' \
    "Checks the bundle, unpacks its archive, and puts it into place as FOLDER/$top. What stands there" \
    "already is kept as FOLDER/$top.before-1, -2, and so on." \
    '' \
    '  --public-key KEY  the file with the public key of whoever signed the bundle, or the key itself (needs minisign)' \
    "  --rollback        puts the latest FOLDER/$top.before-N back; the present one is kept as" \
    "                    FOLDER/$top.rolled-back-N" \
    '' \
    'Exit codes: 0 done, 1 failed, 2 usage, 4 the bundle is not verified.'
}

wrong_usage() {
  printf 'install.sh: %s\n' "$1" >&2
  usage >&2
  exit 2
}

say() {
  printf '%s\n' "$*"
}

fail() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}

has() {
  command -v "$1" >/dev/null 2>&1
}

is_there() {
  [ -e "$1" ] || [ -L "$1" ]
}

# The folder of a path, without links in it, in `real`. A name may end with a line break, which $(...) would drop.
resolve() {
  real=$(cd "$1" 2>/dev/null && pwd -P && printf x) || return 1
  real=${real%"${newline}x"}
}

# Whether a process with this number runs. One of somebody else's cannot be asked; the system may list it.
is_alive() {
  [ -d "/proc/$1" ] || kill -0 "$1" 2>/dev/null
}

# Whether such a process may be a run of this script.
is_installing() {
  is_alive "$1" || return 1
  [ -r "/proc/$1/cmdline" ] || return 0
  case $(tr '\000' ' ' <"/proc/$1/cmdline") in
    *install.sh*) return 0 ;;
  esac
  return 1
}

# Refuses to touch an installation whose server runs: it has written its number into wso2carbon.pid.
refuse_running() {
  [ -f "$home/wso2carbon.pid" ] || return 0
  pid=
  IFS= read -r pid <"$home/wso2carbon.pid" || [ -n "$pid" ] || return 0
  case $pid in
    '' | *[!0-9]* | ??????????*) return 0 ;;
  esac
  is_alive "$pid" || return 0
  fail "the server in $home seems to run (process $pid); stop it first. If that process is something else, remove" \
    "$home/wso2carbon.pid"
}

# The highest N of the folders PREFIX-N, in `highest`; 0 where there is none.
find_highest() {
  highest=0
  for path in "$1"-*; do
    number=${path#"$1"-}
    case $number in
      '' | 0* | *[!0-9]* | ?????????*) continue ;;
    esac
    if is_there "$path" && [ "$number" -gt "$highest" ]; then highest=$number; fi
  done
}

# --- The lock: the folder that is unpacked into. It has the number of its run, and the machine, in its name.
#
# A run makes its own, and only then looks for others: of two runs at least one sees the other. It goes on where it sees
# none that lives. What dead ones left is mended by a run that goes on.

cleanup() {
  [ "$locked" = yes ] || return 0
  # Stopped between the two renames: what was there comes back.
  if [ -n "$set_aside" ] && ! is_there "$home" && is_there "$set_aside"; then
    mv "$set_aside" "$home" && printf 'install.sh: %s is back in its place\n' "$home" >&2
  fi
  locked=no
  remove "$lock"
}

# Removes what was unpacked, whatever modes it has.
remove() {
  chmod -R u+rwx "$1" 2>/dev/null
  rm -rf "$1"
}

# Looks at the locks of other runs: `rival` becomes the lowest number of those that live, and what is left of dead ones
# goes through the command given.
look_around() {
  rival=
  for path in "$locks".*; do
    other=${path#"$locks".}
    number=${other%%@*}
    case $number in
      '' | *[!0-9]* | ??????????*) continue ;;
    esac
    if [ "$path" = "$lock" ] || ! is_there "$path"; then continue; fi
    [ "${other#*@}" = "$machine" ] ||
      fail "another machine is installing into $folder, or was (${other#*@}); if it is not, remove $path"
    if is_installing "$number"; then
      if [ -z "$rival" ] || [ "$number" -lt "$rival" ]; then rival=$number; fi
    else
      "$@" "$path"
    fi
  done
}

# Mends what a run was killed at: what it had set aside comes back.
mend() {
  say 'A run before was stopped; what it had unpacked is removed.'
  aside=
  [ ! -f "$1/set-aside" ] || IFS= read -r aside <"$1/set-aside" || aside=
  case ${aside#"$top".before-} in
    "$aside" | '' | *[!0-9]*) ;;
    *)
      if is_there "$folder/$aside" && ! is_there "$home"; then
        mv "$folder/$aside" "$home" || fail "$folder/$aside cannot be put back as $home"
        restored=yes
        say "It had set aside what was installed, which is back in its place: $home"
      fi
      ;;
  esac
  remove "$1"
}

take_lock() {
  machine=$(uname -n)
  locks=$folder/.$top.unpacking
  lock=$locks.$$@$machine
  if ! mkdir "$lock" 2>/dev/null; then
    ! is_there "$lock" || fail "$lock is left of another run; run again"
    fail "$folder cannot be written to"
  fi
  locked=yes
  for try in 1 2 3; do
    look_around :
    [ -n "$rival" ] || break
    # Of several that begin at once the one with the lowest number waits for the others to step back.
    if [ "$try" = 3 ] || [ "$rival" -lt "$$" ]; then
      fail "another run is installing into $folder (process $rival)"
    fi
    sleep 1
  done
  look_around mend
}

# Makes sure that the names, and what they stand for, are on the disk.
flush() {
  sync -f "$folder/" 2>/dev/null || sync
}

# --- Unpacking.

find_archive() {
  archive=
  for path in "$bundle"/*.zip "$bundle"/*.tar.gz; do
    [ -f "$path" ] || continue
    case $path in
      *.zip) zip_unpacker || continue ;;
      *) tar_unpacker || continue ;;
    esac
    archive=$path
    return 0
  done
  for path in "$bundle"/*.zip "$bundle"/*.tar.gz; do
    [ ! -f "$path" ] || fail "nothing unpacks the archive here: install unzip, bsdtar or busybox for a zip," \
      'or tar and gzip for a tar.gz'
  done
  other=
  [ ! -d "$bundle/docker-context" ] || other=" Build the image from docker-context."
  for path in "$bundle"/*-oci.tar; do
    [ ! -f "$path" ] || other="$other Load the image ${path##*/} (docker load, podman load)."
  done
  [ ! -d "$bundle/oci" ] || other="$other The image as a layout is in oci."
  fail "this bundle has no archive to install.$other"
}

zip_unpacker() {
  if has unzip; then
    unpacker=unzip
  elif has bsdtar; then
    unpacker=bsdtar
  elif has busybox && busybox unzip --help >/dev/null 2>&1; then
    unpacker='busybox unzip'
  else
    return 1
  fi
}

tar_unpacker() {
  has tar && has gzip && unpacker=tar
}

unpack() {
  say "Unpacking ${archive##*/} with $unpacker."
  # Under a plain name, for unzip takes brackets and stars of one for a pattern.
  ln -s "$archive" "$lock/archive.zip" || fail "$folder cannot be written to"
  (
    cd "$lock" || exit 1
    # BusyBox leaves links that lead upwards out unless it is told; the check below sees where each leads.
    EXTRACT_UNSAFE_SYMLINKS=1
    LC_ALL=$unpacking_locale
    export EXTRACT_UNSAFE_SYMLINKS LC_ALL
    case $unpacker in
      unzip) unzip -q archive.zip </dev/null ;;
      bsdtar) bsdtar -xpof archive.zip </dev/null ;;
      'busybox unzip') busybox unzip -q archive.zip </dev/null ;;
      tar) gzip -dc <archive.zip | tar -xpof - ;;
    esac
  ) >&2 || fail "the archive cannot be unpacked (is the disk full?); nothing was changed"
  rm -f "$lock/archive.zip"
}

# Lines for the entries of a kind, from the manifest, which has one entry a line; a sed program makes what is wanted of
# one. In JSON a quote or a backslash has a backslash before it.
entries() {
  sed -n "s/^    {\"path\":\"\\(.*\\)\",\"kind\":\"$1$2.*\$/$3/;t found
    d
    :found
    s/\\\\\\([\"\\\\]\\)/\\1/g
    p" "$bundle/manifest.json"
}

lines() {
  number=$(wc -l)
  printf '%s' "$((number))"
}

count_below() {
  for path in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    is_there "$path" || continue
    count=$((count + 1))
    if [ -d "$path" ] && [ ! -L "$path" ]; then count_below "$path"; fi
  done
}

incomplete() {
  fail "what was unpacked is not what the manifest says: $1; nothing was changed"
}

# Gives each entry its mode, whatever the unpacker made of it.
set_modes() {
  { entries '[a-z]*","mode":"' '\([0-7]*\)"' '\2 .\/\1' || return 1; } | sort | {
    mode=
    set --
    while IFS= read -r line; do
      if [ "${line%% *}" != "$mode" ] || [ $# -ge 200 ]; then
        [ $# -eq 0 ] || chmod "$mode" "$@" || exit 1
        set --
        mode=${line%% *}
      fi
      set -- "$@" "${line#* }"
    done
    [ $# -eq 0 ] || chmod "$mode" "$@"
  }
}

check_unpacked() {
  cd "$lock" || fail "$lock cannot be entered"
  expected=$(entries 'file"' '' x | lines)
  [ "$expected" -gt 0 ] || incomplete 'it lists no file'
  said=$(entries 'file"' '.*"sha256":"\([0-9a-f]*\)"' '\2  .\/\1' | sha256sum -c - 2>/dev/null)
  right=$(printf '%s\n' "$said" | sed -n '/: OK$/p' | lines)
  [ "$right" -eq "$expected" ] ||
    incomplete "$right of $expected files have their SHA-256, and not $(printf '%s\n' "$said" | sed -n '/: OK$/d;p;q')"
  entries 'symlink"' ',"target":"\(.*\)","mode":"' '\1\/\/\2' | while IFS= read -r line; do
    [ "$(readlink "./${line%%//*}")" = "${line#*//}" ] || exit 1
  done || incomplete 'a link leads elsewhere'
  expected=$(entries '' '' x | lines)
  count=0
  count_below .
  [ "$count" -eq "$expected" ] || incomplete "it has $count entries in place of $expected"
  set_modes || fail 'the modes of what was unpacked cannot be set; nothing was changed'
  cd "$folder/" || fail "$folder cannot be entered"
  say "Unpacked $expected entries, each as the manifest says."
}

# --- The steps.

# The step of the runbook that comes after the installation.
next_step() {
  [ -f "$bundle/RUNBOOK.md" ] || return 0
  step=$(sed -n '/^### [0-9]*\. Install the archive$/,$ {
    /^### [0-9]*\. Install the archive$/d
    s/^### \([0-9]*\)\. /\1, /p
  }' "$bundle/RUNBOOK.md" | sed -n '1p')
  [ -z "$step" ] || say "Next: step $step, of $bundle/RUNBOOK.md"
}

install() {
  resolve "$bundle" || fail 'the folder of this script cannot be entered'
  bundle=$real
  case $folder/ in
    "$bundle"/*) fail "$folder lies inside of the bundle; give the folder that the server is to be installed in" ;;
  esac
  if [ -n "$key" ]; then
    sh "$bundle/verify.sh" "$key"
  else
    sh "$bundle/verify.sh"
  fi || {
    code=$?
    printf 'install.sh: nothing was changed\n' >&2
    exit "$code"
  }
  find_archive
  refuse_running
  if is_there "$home" && [ ! -d "$home" ]; then fail "$home is in the way: it is no folder"; fi
  take_lock
  unpack
  check_unpacked
  flush
  refuse_running
  if is_there "$home"; then
    find_highest "$home.before"
    set_aside=$home.before-$((highest + 1))
    printf '%s\n' "${set_aside##*/}" >"$lock/set-aside" || fail "$folder cannot be written to"
    mv "$home" "$set_aside" || fail "$home cannot be renamed"
  fi
  ! is_there "$home" || fail "$home is in the way: something else put it there"
  mv "$lock/$top" "$home" || fail "$home cannot be put into place"
  former=$set_aside
  set_aside=
  cleanup
  flush
  say "Installed: $home"
  [ -z "$former" ] || say "What was there is $former; sh install.sh --rollback puts it back."
  next_step
}

roll_back() {
  refuse_running
  take_lock
  # A stopped installation needs no more than that.
  if [ "$restored" = yes ]; then
    cleanup
    return 0
  fi
  find_highest "$home.before"
  [ "$highest" -gt 0 ] || fail "there is nothing to go back to: no $home.before-1 is there"
  former=$home.before-$highest
  [ -d "$former" ] || fail "$former is no folder"
  present=
  if is_there "$home"; then
    find_highest "$home.rolled-back"
    present=$home.rolled-back-$((highest + 1))
    set_aside=$present
    mv "$home" "$present" || fail "$home cannot be renamed"
  fi
  mv "$former" "$home" || fail "$former cannot be put into place as $home"
  set_aside=
  cleanup
  flush
  say "Rolled back: $home is what was ${former##*/}."
  [ -z "$present" ] || say "What was there is $present."
}

work=install
key=
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --rollback) work=roll_back ;;
    --public-key)
      [ $# -gt 1 ] && [ -n "$2" ] || wrong_usage '--public-key needs a key'
      key=$2
      shift
      ;;
    --public-key=?*) key=${1#*=} ;;
    --)
      shift
      break
      ;;
    -*) wrong_usage "unknown option: $1" ;;
    *) break ;;
  esac
  shift
done
[ $# -eq 1 ] && [ -n "$1" ] || wrong_usage 'one FOLDER is needed, after the options'
[ "$work" = install ] || [ -z "$key" ] || wrong_usage '--rollback takes no key'

case $0 in
  */*) bundle=${0%/*}/ ;;
  *) bundle=./ ;;
esac
case $bundle in
  /*) ;;
  *) bundle=./$bundle ;;
esac
case $1 in
  /*) folder=$1 ;;
  *) folder=./$1 ;;
esac
[ -d "$folder" ] || fail "$1 is no folder; make it first"
resolve "$folder" || fail "$1 cannot be entered"
folder=${real%/}
home=$folder/$top

locked=no
restored=no
set_aside=
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

for tool in chmod ln mkdir mv readlink rm sed sha256sum sleep sort sync tr uname wc; do
  has "$tool" || fail "$tool is not installed; it is in GNU coreutils (sed apart) and in BusyBox"
done
$work
