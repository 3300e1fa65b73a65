##! Makes Zeek a sensor that writes nothing but the log of passive observations, to the standard output unless LOG_PATH
##! says otherwise.

@load ./main

redef PassiveRecon::standalone = T;

@load ./__load__
