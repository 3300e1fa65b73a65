package migrations

import "strings"

// Dictionaries are the statements that make the dictionaries over networks. They are no step of the schema: a
// dictionary reads its table as a user with a password, which is not known before.
func Dictionaries(database, user, password string) []string {
	quote := func(s string) string {
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
	}
	make := func(name, columns, comment string) string {
		return "CREATE OR REPLACE DICTIONARY " + name + " (prefix String, " + columns + ") PRIMARY KEY prefix " +
			"SOURCE(CLICKHOUSE(TABLE 'networks' DB " + quote(database) + " USER " + quote(user) + " PASSWORD " + quote(password) + ")) " +
			"LAYOUT(IP_TRIE) LIFETIME(0) COMMENT " + quote(comment)
	}
	return []string{
		make("geo", "country_code String, country_name String, city String", "Where an address is: dictGet('geo', 'country_code', addr)"),
		make("asn", "asn UInt32, as_name String", "Whose an address is: dictGet('asn', 'as_name', addr)"),
	}
}
