#include "remote/ways.h"

const struct way *way_to(enum uri_scheme scheme)
{
    static const struct way ways[URI_SCHEMES] = {
        [URI_HTTP] = { http_get, http_put, NULL },
        [URI_HTTPS] = { http_get, http_put, NULL },
        [URI_S3] = { stores_get, stores_put, stores_list },
        [URI_GCS] = { stores_get, stores_put, stores_list },
        [URI_R2] = { stores_get, stores_put, stores_list },
        [URI_AZURE] = { stores_get, azure_put, stores_list },
        [URI_HUGGING_FACE] = { stores_get, NULL, stores_list },
        [URI_SFTP] = { sftp_get, sftp_put, NULL },
        [URI_GITHUB] = { github_get, NULL, NULL },
    };

    return &ways[scheme];
}
