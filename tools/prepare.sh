# Sourced by ./run and ./test: what this machine needs, and the build.

say() { printf '%s\n' "$*" >&2; }

# The folder of PostgreSQL's server programs, the newest of Debian's or the one on PATH; nothing where there are none.
postgres_programs() {
    local program
    for program in $(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort -rV) "$(command -v initdb || true)"; do
        if [ -x "$program" ]; then
            dirname "$program"
            return
        fi
    done
}

# install_packages PACKAGE… : installs Debian packages where this user may. False where it may not, or where it failed.
install_packages() {
    local root=()
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2> /dev/null || return 1
        root=(sudo -n)
    fi
    command -v apt-get > /dev/null || return 1

    say "Installing Debian packages: $*"
    # Debian's package would make and start a cluster of the machine's own, which nobody here uses.
    local no_cluster=/etc/postgresql-common/createcluster.d/portal.conf
    "${root[@]}" mkdir -p "$(dirname "$no_cluster")"
    echo 'create_main_cluster = false' | "${root[@]}" tee "$no_cluster" > /dev/null

    local log outcome=1
    log=$(mktemp)
    if apt_install "$@" > "$log" 2>&1 || { "${root[@]}" apt-get update -q > "$log" 2>&1 && apt_install "$@" >> "$log" 2>&1; }; then
        outcome=0
    else
        tail -n 5 "$log" >&2
    fi
    "${root[@]}" rm -f "$log" "$no_cluster"
    return "$outcome"
}

apt_install() {
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" < /dev/null
}

# build NAME TARGET RESULT SOURCE… : builds TARGET in Release, unless RESULT is there and no source has changed since it was built.
build() {
    local stamp=artifacts/built-$1 target=$2 result=$3 now
    shift 3
    mkdir -p artifacts
    # One build at a time: ./run and ./test write to the same folders.
    exec 9> artifacts/build.lock
    flock 9
    now=$(find "$@" -name bin -prune -o -name obj -prune -o -name _framework -prune -o -type f -printf '%p %s %T@\n' | sort | sha256sum)
    if [ ! -f "$result" ] || [ "$(cat "$stamp" 2> /dev/null)" != "$now" ]; then
        if ! dotnet --version > /dev/null 2>&1; then
            say "The .NET SDK that global.json asks for is missing (version 10.0). Install it (https://dotnet.microsoft.com/download), then start again."
            exit 1
        fi
        say "Building $target …"
        rm -f "$stamp"
        # The lock is not handed on: the compiler's server outlives the build.
        if ! dotnet build "$target" --configuration Release --nologo --verbosity quiet -nodeReuse:false > artifacts/build.log 2>&1 9>&- < /dev/null; then
            cat artifacts/build.log >&2
            exit 1
        fi
        printf '%s\n' "$now" > "$stamp"
    fi
    exec 9>&-
}
