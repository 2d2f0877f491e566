#!/bin/sh
# Checks the bundle that this file lies in, without the tool that made it.
#
# Needs a POSIX shell and sha256sum (GNU coreutils or BusyBox); minisign only where a public key is given.
# Exit codes: 0 everything is as SHA256SUMS says; 1 it cannot be checked here; 2 usage; 4 something is off.

set -u
LC_ALL=C
export LC_ALL
unset CDPATH
newline='
'
sums=SHA256SUMS
signature=SHA256SUMS.minisig

usage() {
  printf '%s\n' \
    'Usage: sh verify.sh [PUBLIC_KEY]' \
    '' \
    'Checks that the folder of this script holds exactly the files that its SHA256SUMS lists, each with its SHA-256.' \
    'PUBLIC_KEY is the file with the public key of whoever signed the bundle, or the key itself (RW...).' \
    '' \
    'Exit codes: 0 all is right, 1 it cannot be checked here, 2 usage, 4 something is off.'
}

# A name from a disk or a file, as a terminal can show it.
shown() {
  printf '%s' "$1" | tr '\001-\037\177' '?'
}

say() {
  printf '%s\n' "$*"
}

fail() {
  printf 'verify.sh: %s\n' "$*" >&2
  exit 1
}

findings=0
off() {
  findings=$((findings + 1))
  printf 'off: %s\n' "$*" >&2
}

is_listed() {
  case "$newline$listed$newline" in
    *"$newline$1$newline"*) return 0 ;;
  esac
  return 1
}

# Whether a name is the place of a file of a bundle: at most three folders, no way out, nothing hidden but what a builder
# of images looks for.
is_plain() {
  case "/$1/" in
    /docker-context/.dockerignore/) return 0 ;;
    */.* | *//* | *\\* | /*/*/*/*/*/*) return 1 ;;
  esac
  [ "$1" = "$(shown "$1")" ]
}

sum_of() {
  found=$({ sha256sum <"$1"; } 2>/dev/null) || return 1
  printf '%s' "${found%% *}"
}

# Reads SHA256SUMS, and compares each file that it lists.
check_listed() {
  count=0
  text=
  while IFS= read -r line || [ -n "$line" ]; do
    sum=${line%%  *}
    name=${line#*  }
    count=$((count + 1))
    text=$text$sum'  '$name$newline
    case "${#sum}:$sum" in
      64:*[!0-9a-f]*) sum= ;;
      64:*) ;;
      *) sum= ;;
    esac
    if [ -z "$sum" ] || ! is_plain "$name" || is_listed "$name"; then
      off "$sums: line $count is not a SHA-256, two spaces and the name of a file"
      continue
    fi
    listed=$listed$newline$name
    if [ -L "$name" ] || { [ -e "$name" ] && [ ! -f "$name" ]; }; then
      off "$(shown "$name") is no regular file"
    elif [ ! -e "$name" ]; then
      off "$(shown "$name") is missing"
    elif [ ! -r "$name" ]; then
      unable="$(shown "$name") cannot be read by this user: archives with keystores are for their owner alone"
    elif ! found=$(sum_of "$name"); then
      off "$(shown "$name") cannot be read"
    elif [ "$found" != "$sum" ]; then
      off "$(shown "$name") has another SHA-256 than $sums gives"
    fi
  done <"$sums"
  [ "$count" -gt 0 ] || off "$sums lists nothing"
  # No byte of it went by unseen: what was read, put together again, is the file.
  whole=$(sum_of "$sums") || fail "$sums cannot be read"
  [ "$whole" = "$(printf '%s' "$text" | sha256sum | { read -r first _ && printf '%s' "$first"; })" ] ||
    off "$sums has bytes that do not belong there"
}

# Looks for what is not listed, in a folder given with a slash at its end; the top one has no name. Sets `inside` to
# how much lies in it.
check_folder() {
  inside=0
  for path in "$1"* "$1".[!.]* "$1"..?*; do
    [ -e "$path" ] || [ -L "$path" ] || continue
    inside=$((inside + 1))
    case $path in
      "$sums" | "$signature")
        if [ -L "$path" ] || [ ! -f "$path" ]; then off "$path is no regular file"; fi
        continue
        ;;
      *"$newline"*) ;;
      */*/*/*/*) ;;
      *)
        is_listed "$path" && continue
        if [ -d "$path" ] && [ ! -L "$path" ]; then
          set -- "$1" "$inside" "$path"
          check_folder "$path/"
          [ "$inside" -gt 0 ] || off "$(shown "$3") is an empty folder"
          inside=$2
          continue
        fi
        ;;
    esac
    off "$(shown "$path") does not belong to the bundle"
  done
}

check_signature() {
  if [ ! -f "$signature" ]; then
    if [ -n "$key" ]; then
      off "$signature is missing: the bundle is not signed"
    else
      about='The bundle is not signed.'
    fi
  elif [ -z "$key" ]; then
    about="The signature $signature was NOT checked: give the public key, as in: sh verify.sh KEY.pub"
  elif ! command -v minisign >/dev/null 2>&1; then
    unable='the signature cannot be checked: minisign is not installed; without a key, the sums alone are checked'
  elif said=$(minisign -V "$key_is" "$key" -m "$sums" -x "$signature" </dev/null 2>&1); then
    about="Signed by the key given. $(shown "$(printf '%s' "${said##*"$newline"}" | tr '\t' ' ')")"
  else
    off "$signature: $(printf '%s' "$said" | tr '\n' ' ' | tr '\001-\037\177' '?')"
  fi
}

key=
case ${1-} in
  -h | --help)
    usage
    exit 0
    ;;
  --) shift ;;
  -*)
    usage >&2
    exit 2
    ;;
esac
if [ $# -gt 1 ] || { [ $# -eq 1 ] && [ -z "$1" ]; }; then
  usage >&2
  exit 2
fi
if [ $# -eq 1 ]; then
  key=$1
  key_is=-p
  if [ -f "$key" ]; then
    case $key in
      /*) ;;
      *) key=$(pwd && printf x) && key=${key%"${newline}x"}/$1 ;;
    esac
  else
    case ${#key}:$key in
      56:*[!A-Za-z0-9+/]*) key= ;;
      56:RW*) key_is=-P ;;
      *) key= ;;
    esac
    if [ -z "$key" ]; then
      printf 'verify.sh: the argument is neither a file nor a public key\n' >&2
      usage >&2
      exit 2
    fi
  fi
fi

case $0 in
  */*) here=${0%/*}/ ;;
  *) here=./ ;;
esac
case $here in
  /*) ;;
  *) here=./$here ;;
esac
cd "$here" || fail 'the folder of this script cannot be entered'
for tool in sha256sum tr; do
  command -v "$tool" >/dev/null 2>&1 || fail "$tool is not installed; it is in GNU coreutils and in BusyBox"
done

about=
unable=
listed=
whole=
if [ -f "$sums" ] && [ ! -L "$sums" ] && [ -r "$sums" ]; then
  check_listed
  check_folder ''
  check_signature
else
  off "$sums is missing, or is no file that can be read: this folder is no bundle, or only a part of one"
fi
if [ "$findings" -gt 0 ]; then
  printf 'verify.sh: %s finding(s); do not install this bundle\n' "$findings" >&2
  exit 4
fi
[ -z "$unable" ] || fail "$unable"
say "verified: $count files have the SHA-256 that $sums gives, and there is nothing else in the folder"
say "The SHA-256 of $sums itself is"
say "  $whole"
say 'Compare it with what whoever made the bundle says: all else follows from it.'
say "$about"
