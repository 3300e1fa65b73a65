// Package banner turns the banners that Masscan reports into results of scripts, so that records of Masscan and Nmap
// answer the same questions.
package banner
