// Package tlsfp computes fingerprints of TLS clients from their ClientHello: JA3 and JA4.
//
// JA3 is described at https://github.com/salesforce/ja3, JA4 in its technical description at
// https://github.com/FoxIO-LLC/ja4/blob/main/technical_details/JA4.md. Results have the shapes that records hold for
// the scripts ssl-ja3-client and ssl-ja4-client.
//
// The package reads bytes and must not know where they come from. It keeps nothing of its input.
package tlsfp
