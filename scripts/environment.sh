# Sourced by the other scripts: a virtual environment in .venv with Covector's build tools.
# PYTHON names another interpreter than python3, CXX another compiler than c++.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PYTHON=${PYTHON:-python3}

# require_debian PACKAGE TEST...: installs PACKAGE if the command TEST fails, where that is possible.
require_debian() {
  local package=$1
  shift
  if "$@" >/dev/null 2>&1; then return; fi
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "please install $package (Debian's name)" >&2; exit 1; }
    as_root=(sudo)
  fi
  command -v apt-get >/dev/null || { echo "please install $package (Debian's name)" >&2; exit 1; }
  echo "installing $package"
  if [ -z "${apt_is_updated:-}" ]; then
    "${as_root[@]}" apt-get -qq update
    apt_is_updated=1
  fi
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get -qq install -y --no-install-recommends "$package" >/dev/null
}

has_header() { echo "#include <$1>" | "${CXX:-c++}" -E -x c++ -o /dev/null "${@:2}" -; }
python_include() { "$PYTHON" -c 'import sysconfig; print(sysconfig.get_path("include"))'; }

make_venv() {
  "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    { echo "Covector needs Python 3.11 or newer; set PYTHON to one" >&2; exit 1; }
  if [ ! -x .venv/bin/pip ]; then
    require_debian python3-venv "$PYTHON" -c 'import ensurepip'
    "$PYTHON" -m venv .venv
  fi
  PYTHON=$PWD/.venv/bin/python
  export PATH=$PWD/.venv/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1
}

# The requirements are listed in pyproject.toml only.
build_requirements() {
  "$PYTHON" -c '
import tomllib
with open("pyproject.toml", "rb") as f:
    print("\n".join(tomllib.load(f)["build-system"]["requires"]))'
}

make_build_environment() {
  make_venv
  require_debian g++ "${CXX:-c++}" --version
  require_debian python3-dev has_header Python.h -I "$(python_include)"
  build_requirements | "$PYTHON" -m pip install -q -r /dev/stdin cmake ninja
  if command -v ccache >/dev/null; then export CMAKE_CXX_COMPILER_LAUNCHER=ccache; fi
  BUILD=$PWD/build/$("$PYTHON" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
}

# install_covector EXTRA OPTION...: without isolation, so that the next build is incremental.
install_covector() {
  local extra=$1
  shift
  "$PYTHON" -m pip install -q --no-build-isolation -C "build-dir=$BUILD" "$@" ".[$extra]"
}
