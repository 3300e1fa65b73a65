// Package config holds the settings of the program and reads them from where users keep them, each
// place overriding the ones before:
//
//  1. the defaults
//  2. configuration files in the syntax of IVRE's (assignments NAME = value with Python's plain values):
//     /etc/ivre.conf, /etc/ivre/ivre.conf, /usr/local/etc/ivre.conf, /usr/local/etc/ivre/ivre.conf,
//     ~/.ivre.conf
//  3. YAML files with the same names, in upper or lower case: /etc/ivre/ivre.yaml and
//     $XDG_CONFIG_HOME/ivre/ivre.yaml (else ~/.config/ivre/ivre.yaml)
//  4. the file that $IVRE_CONF names, then the one of --config, in either syntax
//  5. environment variables IVRE_<NAME>, as JSON or plain text
//
// Files are only read, never run: what is not a plain value is left out with a warning. So is a name
// that is not a setting; a setting with a value of the wrong kind is an error.
//
// The package decides nothing and opens nothing but these files: the parts of the program take from
// Config what concerns them.
package config
