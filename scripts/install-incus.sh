#!/bin/sh
# Installs Incus and what real machines need, on Debian 12 or later: sudo scripts/install-incus.sh
#
# Debian 12 has Incus in its backports. The archive's address is the one that apt uses already; the backports are added for the
# time of this command, and the machine's own apt configuration stays as it is.
set -eu
export DEBIAN_FRONTEND=noninteractive

. /etc/os-release
if [ "${ID:-}" != debian ]; then
  echo "install-incus: ${PRETTY_NAME:-this system} is not Debian. Install Incus 6 as its makers say." >&2
  exit 1
fi

packages='incus-base incus-client lxcfs btrfs-progs conntrack dnsmasq-base iproute2 kmod mmdebstrap nftables openssh-client squashfs-tools-ng'

# offers <apt option...>: whether apt can install Incus.
offers() { apt-cache "$@" policy incus-base | grep -q '^  Candidate: [0-9]'; }

apt-get update -q
if ! offers; then
  archive=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v release="$VERSION_CODENAME" '$2 == release && $3 == "main" { print $1; exit }')
  if [ -z "$archive" ]; then
    echo "install-incus: apt has no source of $VERSION_CODENAME main to take the backports from." >&2
    exit 1
  fi
  sources=$(mktemp --suffix=.list)
  trap 'rm -f "$sources"' EXIT
  chmod 644 "$sources" # apt reads it as a user of its own
  key=/usr/share/keyrings/debian-archive-keyring.gpg
  signed=
  if [ -e "$key" ]; then signed="[signed-by=$key] "; fi
  echo "deb $signed$archive $VERSION_CODENAME-backports main" > "$sources"
  # It takes the place of sources.list; what is in sources.list.d counts beside it.
  if [ -s /etc/apt/sources.list ]; then cat /etc/apt/sources.list >> "$sources"; fi
  set -- -o "Dir::Etc::sourcelist=$sources" -o APT::Get::List-Cleanup=0
  apt-get "$@" update -q
  if ! offers "$@"; then
    echo "install-incus: there is no Incus in $VERSION_CODENAME-backports." >&2
    exit 1
  fi
fi
# shellcheck disable=SC2086
apt-get "$@" install -y -q --no-install-recommends $packages

# Containers run as users of a range that is root's to give.
for file in /etc/subuid /etc/subgid; do
  grep -q '^root:' "$file" 2> /dev/null || echo 'root:1000000:1000000000' >> "$file"
done
echo "Incus $(incus --version) is installed."
