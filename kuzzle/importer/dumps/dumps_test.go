package dumps_test

import (
	"bufio"
	"encoding/csv"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/dumps"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
)

func read(text string) (string, error) {
	out, err := io.ReadAll(dumps.Read(bufio.NewReaderSize(strings.NewReader(text), texts.Peeked)))
	return string(out), err
}

const (
	mysqldump = "-- MySQL dump 10.13\n/*!40101 SET NAMES utf8 */;\nCREATE TABLE `wp_options` (\n  `id` int,\n  `pass` text);\nINSERT INTO `wp_options` VALUES (1,'it\\'s; (')\n;\n" +
		"CREATE TABLE IF NOT EXISTS `wp_users` (\n  `ID` bigint(20) unsigned NOT NULL DEFAULT '0',\n  `user_pass` varchar(255) NOT NULL DEFAULT 'a,b',\n  PRIMARY KEY (`ID`),\n  KEY `x` (`user_pass`(9))\n) ENGINE=InnoDB;\n" +
		"INSERT INTO `wp_users` VALUES (1,'$P$B\\\\x\\'\\\"\\n,'),(2,NULL),\n(-3,_binary 'b''c'),(4,0x61);\nINSERT IGNORE INTO `wp_users` (`ID`, `user_pass`) VALUES (5,'NULL');\n"
	pgdump = "--\n-- PostgreSQL database dump\n--\n\n\\restrict x\nSET a = 0;\nCREATE FUNCTION f() AS $_$ don't; $_$;\nCOPY public.users (id, name) FROM stdin;\n1\tINSERT INTO users (password) VALUES (1);\n\\.\n\n" +
		"COPY auth.users (id, \"encrypted password\", note) FROM stdin;\n1\t$2b$\t\\N\n2\ta\\tb\\\\N\\nc\t\"q\"\n\\.\nSELECT 1;\n"
	inserts = "SET a = 0;\nINSERT INTO public.\"user\" (id, password, meta, at) VALUES (1, 'a\\b''c', '{\"x\": \"(\"}'::jsonb, NULL), (2, E'a\\\\b', 5::int, true);\n"
)

// TestDumps: the table of users comes out as CSV, whatever else the dump has.
func TestDumps(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"mysqldump", mysqldump, "ID,user_pass\n1,\"$P$B\\x'\"\"\n,\"\n2,\n-3,b'c\n4,a\n5,NULL\n"},
		{"pg_dump", pgdump, "id,encrypted password,note\n1,$2b$,\n2,\"a\tb\\N\nc\",\"\"\"q\"\"\"\n"},
		{"pg_dump --inserts", inserts, "id,password,meta,at\n1,a\\b'c,\"{\"\"x\"\": \"\"(\"\"}\",\n2,a\\b,5,true\n"},
		{"SQLite", "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE IF NOT EXISTS \"auth_user\" (\"id\" integer NOT NULL PRIMARY KEY, \"password\" varchar(128) NOT NULL);\n" +
			"INSERT INTO auth_user VALUES(1,'a''b\\n');\nCOMMIT;\n", "id,password\n1,a'b\\n\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !dumps.Is([]byte(c.text)) {
				t.Error("it is not taken for a dump")
			}
			got, err := read(c.text)
			if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
	for _, other := range []string{"", "id,name\n1,ann\n", "use,insert into users\n1,2\n", "-- a name\n", "dn: uid=a\n", "# a comment\n"} {
		if dumps.Is([]byte(other)) {
			t.Errorf("%q is taken for a dump", other)
		}
	}
}

// TestForgedRows: what a user wrote into a dump is no row, whatever words and marks it has.
func TestForgedRows(t *testing.T) {
	const rest = " ,1),(99,\"evil\",\"$2b$\"),(3,4,5) -- "
	for _, dump := range []struct{ begin, row string }{
		{"--\n-- PostgreSQL database dump\n--\nSET client_encoding = 'UTF8';\n", "INSERT INTO public.users (id, name, password) VALUES (1, '%', '" + rest + "');\n"},
		{"SET a = 'it''s';\n", "INSERT INTO \"users\" (id, name, password) VALUES (1, '%', '" + rest + "');\n"},
		{"PRAGMA foreign_keys=OFF;\nCREATE TABLE \"users\" (id, name, password);\n", "INSERT INTO users VALUES(1, '%', '" + rest + "');\n"},
		{"COPY x (a) FROM stdin;\nmysql engine= into `\n\\.\n", "INSERT INTO users (id, name, password) VALUES (1, '%', '" + rest + "');\n"},
	} {
		for _, name := range []string{`mysql\`, `ENGINE=\`, "into `x`\\", `-- MySQL dump\`, `/* mysql */ \`, `mysql`} {
			text := dump.begin + "CREATE FUNCTION f() AS $_$ don't; $_$;\n" + strings.ReplaceAll(dump.row, "%", name)
			got, err := read(text)
			rows, broken := csv.NewReader(strings.NewReader(got)).ReadAll()
			if err != nil || broken != nil || len(rows) != 2 || rows[1][1] != name || rows[1][2] != rest {
				t.Errorf("%s: %v %v\n%s", text, err, broken, got)
			}
		}
	}
}

// TestBytesInDumps: values of bytes are the text that they stand for, if they are text.
func TestBytesInDumps(t *testing.T) {
	const table = "id,password\n1,$2b\n"
	for _, text := range []string{
		"INSERT INTO `users` (`id`,`password`) VALUES (1,0x243262);", "INSERT INTO `users` (`id`,`password`) VALUES (1,_binary 0x243262);",
		"INSERT INTO `users` (`id`,`password`) VALUES (1,x'243262');", "INSERT INTO users (id, password) VALUES (1, '\\x243262');",
		"INSERT INTO users (id, password) VALUES (1, '\\x243262'::bytea);", "COPY users (id, password) FROM stdin;\n1\t\\\\x243262\n\\.\n",
	} {
		if got, err := read(text); got != table || err != nil {
			t.Errorf("%s: %v\n%s", text, err, got)
		}
	}
	const raw = "id,password\n1,0xff00\n"
	if got, err := read("INSERT INTO `users` (`id`,`password`) VALUES (1,0xff00);"); got != raw || err != nil {
		t.Errorf("bytes that are no text: %v\n%s", err, got)
	}
}

// TestBrokenDumps are refused in words.
func TestBrokenDumps(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"no users", "CREATE TABLE a (b int);\nINSERT INTO a VALUES (1);\n", "no table in it has users and their passwords"},
		{"two tables of users", "INSERT INTO users (id, password) VALUES (1, 'a');\nINSERT INTO admin_users (id, password) VALUES (1, 'a');\n", "two tables of users, users and admin_users"},
		{"other columns", "INSERT INTO users (id, password) VALUES (1, 'a');\nINSERT INTO users (id) VALUES (1);\n", "different columns"},
		{"no columns", "INSERT INTO auth.users VALUES (1, 'a');\n", "--column-inserts"},
		{"a cut string", "INSERT INTO users (id, password) VALUES (1, 'a", "in the middle"},
		{"a cut row", "INSERT INTO users (id, password) VALUES (1, ", "in the middle"},
		{"a cut table", "COPY users (id, password) FROM stdin;\n1\ta\n", "in the middle"},
		{"many values", "INSERT INTO users (id, password) VALUES (" + strings.Repeat(",", 2000) + ");", "too long"},
		{"a long name", "INSERT INTO users" + strings.Repeat(" .a", 200) + " VALUES (1);", "longer than 256 bytes"},
		{"a long row", "INSERT INTO users (id, password) VALUES (1, '" + strings.Repeat("x", texts.MaxBytes+1) + "');", "too long"},
	} {
		if _, err := read(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

// FuzzDumps: whatever the dump, the result is CSV.
func FuzzDumps(f *testing.F) {
	for _, text := range []string{mysqldump, pgdump, inserts} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		out, err := read(text)
		r := csv.NewReader(strings.NewReader(out))
		r.FieldsPerRecord = -1
		if _, wrong := r.ReadAll(); wrong != nil {
			t.Errorf("%v after %v", wrong, err)
		}
	})
}
