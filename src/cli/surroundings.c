/*
 * What is around the commands, as tables.
 */

#include "cli/surroundings.h"

const char program_purpose[] =
    "A DuckDB catalog from one config file: settings, extensions, secrets, attached databases and "
    "views, restored on every connection.";

/* clang-format off */
const struct exit_row exit_rows[] = {
    { 0, "done" },
    { 1, "unexpected failure" },
    { 2, "wrong usage or config" },
    { 3, "database, SQL or data out of reach" },
    { 4, "no way to what is behind a URI: not there, no permission, no answer" },
    { 130, "interrupted" },
    { 0 }
};

const struct surrounding variable_rows[] = {
    { "AWS_ACCESS_KEY_ID", OPTION_FS_KEY, "The access key for s3:// and r2://, without --fs-key and DUCKALOG_FS_KEY." },
    { "AWS_CONFIG_FILE", OPTION_FS_KEY, "The file of profiles for s3://, in place of ~/.aws/config." },
    { "AWS_CONTAINER_CREDENTIALS_FULL_URI", OPTION_FS_KEY, "Where a container asks for its role at AWS, when there is no key and no profile." },
    { "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", OPTION_FS_KEY, "The same, at the usual service." },
    { "AWS_DEFAULT_REGION", OPTION_FS_KEY, "The same as AWS_REGION, and after it." },
    { "AWS_ENDPOINT_URL", OPTION_FS_KEY, "The server for s3:// and r2://, with buckets in its paths, in place of Amazon's." },
    { "AWS_ENDPOINT_URL_S3", OPTION_FS_KEY, "The same, and before it." },
    { "AWS_PROFILE", OPTION_FS_KEY, "The profile for s3://, without --aws-profile." },
    { "AWS_REGION", OPTION_FS_KEY, "The region of the bucket." },
    { "AWS_SECRET_ACCESS_KEY", OPTION_FS_KEY, "The secret that goes with AWS_ACCESS_KEY_ID." },
    { "AWS_SESSION_TOKEN", OPTION_FS_KEY, "The session token that goes with it, if there is one." },
    { "AWS_SHARED_CREDENTIALS_FILE", OPTION_FS_KEY, "The file of keys for s3://, in place of ~/.aws/credentials." },
    { "AWS_WEB_IDENTITY_TOKEN_FILE", OPTION_FS_KEY, "The token by which a container gets its role at AWS, when there is no key and no profile." },
    { "AZURE_STORAGE_ACCOUNT", OPTION_FS_KEY, "The account for az:// and abfss://." },
    { "AZURE_STORAGE_CONNECTION_STRING", OPTION_FS_KEY, "The connection string for az:// and abfss://, without --azure-connection-string." },
    { "AZURE_STORAGE_KEY", OPTION_FS_KEY, "The key of the account." },
    { "AZURE_STORAGE_SAS_TOKEN", OPTION_FS_KEY, "A shared access signature for the account, in place of its key." },
    { "CLOUDFLARE_ACCOUNT_ID", OPTION_FS_KEY, "The account for r2://." },
    { "CLOUDSDK_CONFIG", OPTION_FS_KEY, "The folder of gcloud with application_default_credentials.json, in place of ~/.config/gcloud." },
    { "COLUMNS", OPTION_FORMAT, "How wide a terminal is that does not say so itself." },
    { "CURL_CA_BUNDLE", OPTION_FS_KEY, "The same as SSL_CERT_FILE, and before it." },
    { "DUCKALOG_ATTACH_TIMEOUT", OPTION_ATTACH_TIMEOUT, "How many seconds one try to attach may take, without --attach-timeout." },
    { "DUCKALOG_EXTENSION_DIRECTORY", OPTION_EXTENSION_DIRECTORY,
      "Where DuckDB keeps its extensions, without --extension-directory." },
    { "DUCKALOG_FS_KEY", OPTION_FS_KEY, "Access key, account name or user, without --fs-key." },
    { "DUCKALOG_FS_SECRET", OPTION_FS_KEY, "Secret key, account key or password, without --fs-secret and --fs-secret-file." },
    { "DUCKALOG_FS_TOKEN", OPTION_FS_KEY, "Bearer or session token, without --fs-token." },
    { "DUCKALOG_HISTORY", OPTION_INTERACTIVE, "The file in which the shell keeps what is typed. Empty: nothing is kept." },
    { "DUCKALOG_LIBDUCKDB", OPTION_LOAD_DOTENV, "The file of libduckdb to load, in place of the one that is found." },
    { "DUCKALOG_LOG_LEVEL", OPTION_LOG_LEVEL, "What is worth a line of the log, without --log-level, -v and --quiet." },
    { "DUCKALOG_NO_DEPRECATION", OPTION_USE_CONNECTION, "With 1, the notice that the command is deprecated is left out." },
    { "DUCKALOG_PAGER", OPTION_NO_PAGER,
      "The pager for results that are larger than the screen, before PAGER; empty, or cat: none." },
    { "GITHUB_API_URL", OPTION_FS_KEY, "The address of GitHub's interface, of an Enterprise server for instance." },
    { "GITHUB_TOKEN", OPTION_FS_KEY, "The token for github://, without --fs-token and DUCKALOG_FS_TOKEN." },
    { "GH_TOKEN", OPTION_FS_KEY, "The same, without GITHUB_TOKEN." },
    { "GOOGLE_APPLICATION_CREDENTIALS", OPTION_FS_KEY, "The file of the account for gs://, without --gcs-credentials-file, --fs-key and --fs-token." },
    { "HF_HOME", OPTION_FS_KEY, "The folder with the token for hf://, in place of ~/.cache/huggingface." },
    { "HF_TOKEN", OPTION_FS_KEY, "The token for hf://, without --fs-token and DUCKALOG_FS_TOKEN." },
    { "LESS", OPTION_NO_PAGER, "Options of less as a pager; -RSX without it." },
    { "LOGNAME", OPTION_SFTP_KEY_FILE, "The user for sftp://, when nothing else names one and USER is not set." },
    { "NETRC", OPTION_FS_KEY, "The file with users and passwords of https servers, in place of ~/.netrc." },
    { "NO_COLOR", OPTION_EXTENSION_DIRECTORY, "Set to anything, it keeps colours out of what is shown on a terminal." },
    { "PAGER", OPTION_NO_PAGER, "The pager, where DUCKALOG_PAGER is not set; none without both." },
    { "SSH_AUTH_SOCK", OPTION_SFTP_KEY_FILE, "The agent of ssh that has keys for sftp://, without --sftp-key-file and --fs-secret." },
    { "SSL_CERT_FILE", OPTION_FS_KEY, "Certificates of the authorities that https servers are trusted by." },
    { "SSL_CERT_DIR", OPTION_FS_KEY, "The same, a folder of them." },
    { "STORAGE_EMULATOR_HOST", OPTION_FS_KEY, "The server for gs://, in place of Google's: https://…, or one on this machine." },
    { "TMPDIR", OPTION_KEEP_TEMP, "The folder for local copies of catalogs that are behind a URI, in place of /tmp." },
    { "USER", OPTION_SFTP_KEY_FILE, "The user for sftp://, when neither the address nor ~/.ssh/config names one." },
    { "XDG_CACHE_HOME", OPTION_OFFLINE, "The folder below which fetched documents are kept, in place of ~/.cache." },
    { "XDG_STATE_HOME", OPTION_INTERACTIVE, "The folder below which the shell keeps what is typed, in place of ~/.local/state." },
    { 0 }
};

const struct surrounding file_rows[] = {
    { "catalog.yaml", OPTION_INIT_OUTPUT, "The config that is written when no other is named." },
    { "catalog.duckdb", OPTION_CATALOG, "The catalog that is opened when none is named." },
    { ".env", OPTION_LOAD_DOTENV,
      "Variables for configs, in the config's folder and those above it. What is in the environment wins over them." },
    { "~/.cache/duckalog/documents", OPTION_OFFLINE, "Documents that were fetched from URIs, for when they are asked for again." },
    { "~/.aws/config", OPTION_FS_KEY, "Profiles for s3://." },
    { "~/.aws/credentials", OPTION_FS_KEY, "Keys of the profiles for s3://." },
    { "~/.cache/huggingface/token", OPTION_FS_KEY, "The token for hf://." },
    { "~/.config/gcloud/application_default_credentials.json", OPTION_FS_KEY, "The account for gs:// that gcloud keeps." },
    { "~/.ssh/config", OPTION_SFTP_KEY_FILE, "Name, port, user and keys of servers for sftp://." },
    { "~/.ssh/id_ed25519", OPTION_SFTP_KEY_FILE, "The key for sftp://, without --sftp-key-file; also id_ecdsa and id_rsa." },
    { "~/.ssh/known_hosts", OPTION_SFTP_KEY_FILE, "The keys that servers for sftp:// have to have." },
    { "~/.netrc", OPTION_FS_KEY, "User and password of https servers, without --fs-key and --fs-token." },
    { "~/.local/state/duckalog/history", OPTION_INTERACTIVE, "What was typed in a shell, for the next one; without secrets." },
    { "~/.editrc", OPTION_INTERACTIVE, "Keys of the shell, as editrc(5) describes them." },
    { "~/.duckdb/extensions", OPTION_EXTENSION_DIRECTORY, "Where DuckDB keeps its extensions unless it is told otherwise." },
    { "~/.duckdb/stored_secrets", OPTION_REFRESH_SECRETS, "Where DuckDB keeps secrets that are persistent." },
    { 0 }
};
/* clang-format on */
