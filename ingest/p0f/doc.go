// Package p0f reads the log of the passive fingerprinting tool p0f, version 3 (option -o): what the SYN and SYN+ACK
// packets of hosts look like becomes passive records with p0f's verdict (system, application, distance) as infos.
// Other entries of the log (MTU, HTTP, uptime, host changes) give no record.
//
// Times are taken as they are written: p0f logs the local time of the sensor and does not say its zone.
//
// The package opens no files and knows neither the database nor what is derived from records later.
package p0f
