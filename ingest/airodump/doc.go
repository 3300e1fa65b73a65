// Package airodump reads the CSV files of airodump-ng (option -w, files named *.csv; not the *.kismet.csv and *.log.csv
// that it also writes): what access points announce and stations ask for becomes passive records of the kind
// MAC_ADDRESS.
//
// A file has two tables, of access points and of stations, each under a line that names its columns. They are told
// apart by their first column, and cells are found by the names of the columns: versions differ in both. Names of
// networks come from the air: they may have commas, quotes, control characters and any encoding.
//
// The package opens no files and knows neither the database nor what is derived from records later.
package airodump
