#!/bin/sh
# setup.sh DIR: an Elasticsearch home in DIR, made of Maven Central's jars, with the launcher compiled.
# DIR appears when it is complete; one that is there already is left as it is.
set -eu
for tool in java javac mvn unzip; do
  command -v "$tool" >/dev/null || {
    echo "setup.sh: $tool is missing. On Debian: apt-get install openjdk-17-jdk-headless maven unzip" >&2
    exit 3
  }
done
[ ! -e "$1/launcher/Launch.class" ] || exit 0
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$(dirname "$1")"
made=$(mktemp -d "$1.XXXXXX")
trap 'rm -rf "$made"' EXIT
mkdir -p "$made/lib" "$made/modules/transport-netty4" "$made/plugins" "$made/config" "$made/launcher"
mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$made/lib"
mv "$made"/lib/transport-netty4-*.jar "$made"/lib/netty-*.jar "$made/modules/transport-netty4/"
unzip -q -p "$made"/modules/transport-netty4/transport-netty4-*.jar META-INF/es-plugins/transport-netty4/plugin-descriptor.properties |
  grep -v '^modulename' >"$made/modules/transport-netty4/plugin-descriptor.properties"
cp "$here/log4j2.properties" "$made/config/"
javac -cp "$made/lib/*" -d "$made/launcher" "$here/Launch.java"
mv -T "$made" "$1" 2>/dev/null || [ -e "$1/launcher/Launch.class" ]
