#!/bin/sh
# Installs Claw from the files beside this script, as a release has them: the wheel, the locks, their sums.
#
#   ./install.sh [--prefix /opt/claw] [--python python3] [--with voice] [--with channels] [--no-links]
#
# Every version has a folder of its own, PREFIX-VERSION, and PREFIX is a link to the one in use: an upgrade that goes
# wrong half way changes nothing, and the version before is still there.  Packages come from wherever pip of this machine
# is told to look, and only with the hashes of the locks.  Nothing is compiled, and no build tool, not even pip, is left.
set -eu
umask 022

prefix=/opt/claw
python=python3
links=yes
locks=requirements.lock
usage() {
    sed -n 's/^#   //p' "$0" >&2
    exit 2
}
while [ $# -gt 0 ]; do
    case "$1" in
        --prefix) [ $# -gt 1 ] || usage; prefix=$2; shift ;;
        --python) [ $# -gt 1 ] || usage; python=$2; shift ;;
        --with)
            [ $# -gt 1 ] || usage
            case "$2" in voice | channels) locks="$locks requirements-$2.lock" ;; *) usage ;; esac
            shift
            ;;
        --no-links) links=no ;;
        *) usage ;;
    esac
    shift
done
case "$prefix" in /*) ;; *) prefix=$PWD/$prefix ;; esac

cd "$(dirname "$0")"
sha256sum --check --quiet SHA256SUMS
set -- claw-*.whl
if [ $# -ne 1 ] || [ ! -f "$1" ]; then
    echo "There has to be one wheel of Claw beside this script." >&2
    exit 1
fi
wheel=$1
version=${wheel#claw-}
version=${version%%-*}

if ! "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Claw needs Python 3.11 or newer with its venv module. On Debian: apt install python3 python3-venv" >&2
    exit 1
fi
if [ -e "$prefix" ] && [ ! -L "$prefix" ]; then
    echo "$prefix is there and no link that this script made; choose another --prefix." >&2
    exit 1
fi

folder=$prefix-$version
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
trap 'exit 130' INT TERM
mkdir -p "$(dirname "$prefix")"
rm -rf "$folder"
echo "Installing Claw $version into $folder ..."
"$python" -m venv "$tools/venv"
"$python" -m venv --without-pip "$folder"
pip() {
    "$tools/venv/bin/python" -m pip --python "$folder/bin/python" --quiet --disable-pip-version-check \
        install --no-compile --no-deps "$@"
}
for lock in $locks; do
    pip --only-binary :all: --require-hashes -r "$lock"
done
pip --no-index "$PWD/$wheel"
# Now, as nobody who runs Claw may write there later: without it every start would compile anew, seconds of it.  The
# programs of skills are not Python's to run.  Which part of a line failed is left out: 0.7 MB of a running daemon, and
# a twelfth of the byte code, for marks below a line of a traceback.
PYTHONNODEBUGRANGES=1 "$folder/bin/python" -m compileall -q -j 0 -x 'skills/shipped/' "$folder/lib"
"$folder/bin/claw" --version

ln -sfn "$folder" "$prefix.new"
mv -Tf "$prefix.new" "$prefix"

if [ "$links" = yes ]; then
    link() {
        mkdir -p "$(dirname "$2")"
        ln -sfn "$1" "$2"
    }
    link "$prefix/bin/claw" /usr/local/bin/claw
    for each in man/man1/claw.1 bash-completion/completions/claw zsh/site-functions/_claw fish/vendor_completions.d/claw.fish; do
        link "$prefix/share/$each" "/usr/local/share/$each"
    done
fi
echo "Claw $version is in $prefix, with an example of a configuration and of a policy in $prefix/share/claw."
if [ -d /run/systemd/system ]; then
    echo "A service of this machine it becomes by: sh $prefix/share/claw/systemd/install.sh"
fi
