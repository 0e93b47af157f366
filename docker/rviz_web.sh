#!/usr/bin/env bash
# Runs a command that shows windows (RViz) on an X server of its own, which a browser shows: the address is printed.
# Only programs of this machine reach it, and only with the password, which is drawn anew each time.
set -euo pipefail

port="${RVIZ_PORT:-6080}"
folder="$(mktemp -d)"
# VNC reads 8 characters of a password.
password="$(head -c 6 /dev/urandom | base64 | tr '+/' 'xy')"
vncpasswd -f <<<"$password" >"$folder/password"
chmod 600 "$folder/password"

# The X server writes the number of its display when it is ready; the VNC side is a socket in this container alone.
mkfifo "$folder/display"
Xvnc -displayfd 3 -geometry "${RVIZ_SIZE:-1600x900}" -depth 24 -nolisten tcp -nolisten local -rfbport -1 \
  -rfbunixpath "$folder/vnc" -PasswordFile "$folder/password" -SecurityTypes VncAuth -desktop Ant -AcceptSetDesktopSize \
  3>"$folder/display" &
read -r display <"$folder/display"
export DISPLAY=":$display"
openbox &

websockify --web /usr/share/novnc --unix-target="$folder/vnc" "127.0.0.1:$port" &
echo "RViz in the browser: http://127.0.0.1:$port/vnc.html#autoconnect=true&resize=remote&password=$password"
exec "$@"
