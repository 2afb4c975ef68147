service_app_client_id     = "Cab12cd34ef56ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12"
service_app_client_secret = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
target_org_id             = "Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi8xZWI2NWZkZi05NjQzLTQxN2YtOTk3NC1hZDcyY2FlMGUxMGY" # Acme
region = "eu-central-1"
