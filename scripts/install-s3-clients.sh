#!/bin/sh
# Installs the clients of S3 that Debian has, for the client tests: sudo scripts/install-s3-clients.sh
set -eu
export DEBIAN_FRONTEND=noninteractive

apt-get update -q
apt-get install -y -q --no-install-recommends rclone s3cmd
