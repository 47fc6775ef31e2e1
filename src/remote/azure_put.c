/*
 * Writing a blob of Azure by requests of our own. DuckDB would empty what is there, then fill it, and delete it when that
 * fails (measured with its extension for 1.5.5), so that readers find an empty blob or none.
 *
 * A small file goes in one request. A larger one goes as blocks, which nobody sees until the list of them is sent: then the
 * blob has all of them at once. Blocks whose list never comes are dropped by Azure after a week, or when the blob is written
 * by someone; where there was no blob, none appears. Their names are of one upload only, so that two at a time do not mix;
 * Azure wants those of one blob equally long, which is why what another program has left can be in the way.
 *
 * Azure compares each content with its MD5, and the version that may be replaced (If-Match) when the blob changes.
 */

#include "remote/azure_place.h"
#include "remote/azure_sign.h"
#include "remote/base64.h"
#include "remote/http.h"
#include "remote/retry.h"
#include "remote/transfer.h"

#include "base/arena.h"
#include "base/text.h"

#include <errno.h>
#include <md5.h>
#include <string.h>
#include <sys/random.h>

#define MIB ((uint64_t)1024 * 1024)

static const uint64_t MOST_AT_ONCE = 64 * MIB;
static const uint64_t SMALLEST_BLOCK = 16 * MIB;
static const uint64_t LARGEST_BLOCK = 100 * MIB;
static const uint64_t MOST_BLOCKS = 50000;

enum {
    ID_LENGTH = 48,     /* of the name of a block */
    MOST_HEADERS = 12,  /* of a request, with the end of the list */
    PIECE = 256 * 1024, /* of the file, that is hashed at a time */
    LARGEST_ANSWER = 1024 * 1024
};

struct sending {
    const struct remote_upload *upload;
    struct arena *arena;   /* of the whole upload, wiped */
    struct arena *scratch; /* of one request, wiped */
    struct azure_place place;
    FILE *file;
    const char *id; /* what the names of the blocks begin with */
    uint64_t told;  /* how far the progress is */
};

/* One request, with a part of a file. */
struct step {
    struct sending *sending;
    FILE *from;
    uint64_t start;
    uint64_t length;
    const struct azure_pair *query; /* as in azure_request */
    bool is_blob;                   /* all of it at once */
    bool changes_blob;              /* readers see it when it is done */
};

static void refuse(struct arena *arena, const char *problem, const char *hint, struct remote_answer *ret_answer)
{
    const char *message = problem == NULL ? NULL : arena_format(arena, "can't be written: %s", problem);

    *ret_answer = (struct remote_answer){ .outcome = REMOTE_REFUSED,
                                          .message = message != NULL ? message : FILE_NO_MEMORY,
                                          .hint = hint };
}

/* ---- what the server says ---- */

/* What Azure's own codes say beyond the status. */
static const struct {
    const char *code;
    enum remote_outcome outcome;
    bool is_changed;
    const char *message;
    const char *hint;
} codes[] = {
    { "BlobNotFound", REMOTE_REFUSED, true, "was changed by someone else meanwhile", NULL },
    { "InvalidBlockList", REMOTE_REFUSED, true, "was changed by someone else meanwhile", NULL },
    { "InvalidBlobOrBlock", REMOTE_REFUSED, false,
      "can't be written: parts of an upload of another program are in its way",
      "Azure drops them after a week; under another name it can go now" },
    { "LeaseIdMissing", REMOTE_REFUSED, false, "can't be written: someone has a lease on it", NULL },
    { "ContainerNotFound", REMOTE_REFUSED, false, "can't be written: there is no such container", NULL },
    { "InvalidBlobType", REMOTE_REFUSED, false, "can't be written: what is there is another kind of blob", NULL },
    { "BlobImmutableDueToPolicy", REMOTE_REFUSED, false,
      "can't be written: a policy of the container keeps it as it is", NULL },
    { "Md5Mismatch", REMOTE_FAILED, false, "can't be written: it was damaged on its way", NULL },
    { "AuthorizationPermissionMismatch", REMOTE_REFUSED, false, "can't be written: access denied",
      "the shared access signature has to allow creating and writing" },
};

/* `<Code>…</Code>` of the answer; the rest of it may quote what was signed. */
static const char *code_of(struct arena *arena, const struct transfer_result *result)
{
    const char *start = result->content.chars == NULL ? NULL : strstr(result->content.chars, "<Code>");

    return start == NULL ? NULL : arena_copy(arena, start + strlen("<Code>"), strcspn(start + strlen("<Code>"), "<"));
}

static void explain(struct arena *arena, const struct transfer_result *result, struct remote_answer *ret_answer)
{
    const char *code = code_of(arena, result);

    *ret_answer = (struct remote_answer){ .wait_ms = result->wait_ms };
    for (size_t i = 0; code != NULL && i < sizeof(codes) / sizeof(codes[0]); i++)
        if (strcmp(code, codes[i].code) == 0) {
            ret_answer->outcome = codes[i].outcome;
            ret_answer->is_changed = codes[i].is_changed;
            ret_answer->message = arena_format(arena, "%s (%ld)", codes[i].message, result->status);
            ret_answer->hint = codes[i].hint;
            return;
        }
    http_explain(arena, result->status, "written", ret_answer);
    if (result->status == 401 || result->status == 403)
        ret_answer->hint = AZURE_HINT;
}

/* ---- one request ---- */

/* False with errno set; ESTALE: the file ends before. */
static bool hash_part(struct arena *arena, FILE *from, uint64_t start, uint64_t length, const char **ret_md5)
{
    unsigned char digest[MD5_DIGEST_LENGTH];
    char *buffer = arena_alloc(arena, PIECE);
    MD5_CTX context;

    errno = ENOMEM;
    if (buffer == NULL || fseeko(from, (off_t)start, SEEK_SET) != 0)
        return false;
    MD5Init(&context);
    while (length > 0) {
        size_t count = fread(buffer, 1, length < PIECE ? (size_t)length : PIECE, from);

        if (count == 0) {
            errno = ferror(from) ? errno : ESTALE;
            return false;
        }
        MD5Update(&context, (const uint8_t *)buffer, count);
        length -= count;
    }
    MD5Final(digest, &context);
    errno = ENOMEM;
    *ret_md5 = base64_encode(arena, digest, sizeof(digest));
    return *ret_md5 != NULL && fseeko(from, (off_t)start, SEEK_SET) == 0;
}

static void tell(uint64_t done, uint64_t total, void *user)
{
    const struct step *step = user;
    struct sending *sending = step->sending;

    (void)total;
    done += step->start;
    /* What is sent once more is no news. */
    if (step->from != sending->file || done < sending->told || sending->upload->progress == NULL)
        return;
    sending->told = done;
    sending->upload->progress(done, sending->upload->size, sending->upload->progress_user);
}

/* The headers x-ms-…, by name. */
static void add_own(const struct step *step, const char *date, struct azure_pair own[5])
{
    size_t count = 0;

    if (step->changes_blob)
        own[count++] = (struct azure_pair){ "x-ms-blob-content-type", "application/octet-stream" };
    if (step->is_blob)
        own[count++] = (struct azure_pair){ "x-ms-blob-type", "BlockBlob" };
    own[count++] = (struct azure_pair){ "x-ms-date", date };
    own[count++] = (struct azure_pair){ "x-ms-version", "2021-12-02" };
    own[count] = (struct azure_pair){ NULL, NULL };
}

/* NULL: no memory. */
static const char *url_of(const struct step *step)
{
    const struct azure_place *place = &step->sending->place;
    struct text url = text_in(step->sending->scratch);
    char before = '?';

    text_format(&url, "%s%s", place->server, place->path);
    for (const struct azure_pair *pair = step->query; pair != NULL && pair->name != NULL; pair++, before = '&') {
        const char *value = uri_escape(step->sending->scratch, pair->value, "");

        text_format(&url, "%c%s=%s", before, pair->name, value != NULL ? value : "");
    }
    if (place->credentials.key == NULL)
        text_format(&url, "%c%s", before, place->credentials.signature);
    return arena_failed(step->sending->scratch) ? NULL : text_string(&url);
}

/* False: no memory. A condition or a signature that was left out would be another request. */
static bool make_headers(const struct step *step, const struct azure_request *request,
                         const char *headers[MOST_HEADERS])
{
    const struct azure_credentials *credentials = &step->sending->place.credentials;
    struct arena *arena = step->sending->scratch;
    size_t count = 0;

    for (const struct azure_pair *pair = request->own; pair->name != NULL; pair++)
        headers[count++] = arena_format(arena, "%s: %s", pair->name, pair->value);
    headers[count++] = arena_format(arena, "Content-Type: %s", request->type);
    headers[count++] = arena_format(arena, "Content-MD5: %s", request->md5);
    if (request->if_match != NULL)
        headers[count++] = arena_format(arena, "If-Match: %s", request->if_match);
    if (credentials->key != NULL)
        headers[count++] = azure_authorization(arena, credentials->account, credentials->key, request);
    return headers[count - 1] != NULL && !arena_failed(arena);
}

/* True: there is a status to look at. */
static bool ask(struct step *step, struct transfer_result *ret_result, struct remote_answer *ret_answer)
{
    const struct sending *sending = step->sending;
    const struct remote_upload *upload = sending->upload;
    struct azure_pair own[5];
    struct azure_request request = { .method = "PUT",
                                     .path = sending->place.path,
                                     .query = step->query,
                                     .own = own,
                                     .length = step->length,
                                     .type = "application/octet-stream",
                                     .if_match = step->changes_blob ? upload->replaces : NULL };
    const char *headers[MOST_HEADERS] = { NULL };
    struct transfer transfer = { .context = upload->context,
                                 .arena = sending->scratch,
                                 .url = url_of(step),
                                 .headers = headers,
                                 .largest = LARGEST_ANSWER,
                                 .patience_ms = upload->patience_ms,
                                 .from = step->from,
                                 .from_start = step->start,
                                 .from_size = step->length,
                                 .progress = tell,
                                 .progress_user = step };

    add_own(step, azure_date(sending->scratch, time(NULL)), own);
    if (!hash_part(sending->scratch, step->from, step->start, step->length, &request.md5))
        refuse(sending->scratch,
               errno == ENOMEM   ? NULL
               : errno == ESTALE ? "the file became shorter meanwhile"
                                 : strerror(errno),
               NULL, ret_answer);
    else if (transfer.url == NULL || !make_headers(step, &request, headers))
        refuse(sending->scratch, NULL, NULL, ret_answer);
    else
        return transfer_ask(&transfer, ret_result, ret_answer);
    return false;
}

/* One try. */
static void try_step(void *user, struct remote_answer *ret_answer)
{
    struct step *step = user;
    struct arena *arena = step->sending->scratch;
    struct transfer_result result;

    arena_clear(arena);
    if (!ask(step, &result, ret_answer))
        return;
    if (result.status >= 200 && result.status < 300)
        *ret_answer = (struct remote_answer){ .outcome = REMOTE_DONE, .etag = result.etag };
    else
        explain(arena, &result, ret_answer);
}

/* False after answering. */
static bool take_step(struct step *step, struct remote_answer *ret_answer)
{
    struct remote_answer answer;

    retry(step->sending->upload->context, RETRY_MOST_TRIES, try_step, step, &answer);
    store_answer_keep(step->sending->upload->arena, &answer, ret_answer);
    if (ret_answer->outcome == REMOTE_DONE)
        tell(step->length, 0, step);
    return ret_answer->outcome == REMOTE_DONE;
}

/* ---- the file ---- */

static void put_at_once(struct sending *sending, struct remote_answer *ret_answer)
{
    struct step step = { .sending = sending,
                         .from = sending->file,
                         .length = sending->upload->size,
                         .is_blob = true,
                         .changes_blob = true };

    take_step(&step, ret_answer);
}

/* Of so many bytes, and as few as the number of blocks allows: what fails is sent again. */
static uint64_t block_size(uint64_t size)
{
    uint64_t least = (size + MOST_BLOCKS - 1) / MOST_BLOCKS;

    return least <= SMALLEST_BLOCK ? SMALLEST_BLOCK : (least + MIB - 1) / MIB * MIB;
}

static bool make_id(struct sending *sending)
{
    unsigned char bytes[16];
    struct text id = text_in(sending->arena);

    if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
        return false;
    text_add(&id, "duckalog");
    for (size_t i = 0; i < sizeof(bytes); i++)
        text_format(&id, "%02x", bytes[i]);
    sending->id = text_string(&id);
    return sending->id != NULL;
}

/* NULL: no memory. */
static const char *block_name(struct arena *arena, const char *id, uint64_t number)
{
    char name[ID_LENGTH + 1];

    snprintf(name, sizeof(name), "%s%08llu", id, (unsigned long long)number);
    return base64_encode(arena, name, ID_LENGTH);
}

static bool put_blocks(struct sending *sending, uint64_t size, struct remote_answer *ret_answer)
{
    const uint64_t whole = sending->upload->size;

    for (uint64_t start = 0; start < whole; start += size) {
        char name[ID_LENGTH * 2];
        struct azure_pair query[] = { { "blockid", name }, { "comp", "block" }, { NULL, NULL } };
        struct step step = { .sending = sending,
                             .from = sending->file,
                             .start = start,
                             .length = whole - start < size ? whole - start : size,
                             .query = query };
        const char *made;

        arena_clear(sending->scratch);
        made = block_name(sending->scratch, sending->id, start / size);
        if (made == NULL) {
            refuse(sending->upload->arena, NULL, NULL, ret_answer);
            return false;
        }
        snprintf(name, sizeof(name), "%s", made);
        if (!take_step(&step, ret_answer))
            return false;
    }
    return true;
}

/* NULL: no memory. */
static const char *list_of_blocks(struct sending *sending, uint64_t size)
{
    struct text list = text_in(sending->arena);

    text_add(&list, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<BlockList>");
    for (uint64_t start = 0; start < sending->upload->size; start += size) {
        const char *name = block_name(sending->arena, sending->id, start / size);

        text_format(&list, "<Uncommitted>%s</Uncommitted>", name != NULL ? name : "");
    }
    text_add(&list, "</BlockList>");
    return arena_failed(sending->arena) ? NULL : text_string(&list);
}

static void put_list(struct sending *sending, uint64_t size, struct remote_answer *ret_answer)
{
    static const struct azure_pair query[] = { { "comp", "blocklist" }, { NULL, NULL } };
    const char *list = list_of_blocks(sending, size);
    FILE *from = list == NULL ? NULL : fmemopen((char *)list, strlen(list), "rb");
    struct step step = { .sending = sending,
                         .from = from,
                         .length = list == NULL ? 0 : strlen(list),
                         .query = query,
                         .changes_blob = true };

    if (from == NULL) {
        refuse(sending->upload->arena, NULL, NULL, ret_answer);
        return;
    }
    take_step(&step, ret_answer);
    fclose(from);
}

static void put(struct sending *sending, struct remote_answer *ret_answer)
{
    uint64_t size = block_size(sending->upload->size);

    if (sending->upload->size <= MOST_AT_ONCE)
        put_at_once(sending, ret_answer);
    else if (size > LARGEST_BLOCK)
        refuse(sending->upload->arena, "it is too large for a blob", NULL, ret_answer);
    else if (!make_id(sending))
        refuse(sending->upload->arena, NULL, NULL, ret_answer);
    else if (put_blocks(sending, size, ret_answer))
        put_list(sending, size, ret_answer);
    if (ret_answer->outcome == REMOTE_DONE)
        ret_answer->size = sending->upload->size;
}

/* ---- begin and end ---- */

static void begin(struct sending *sending, struct remote_answer *ret_answer)
{
    const struct remote_upload *upload = sending->upload;
    const char *problem;
    const char *hint;

    if (!azure_place_find(sending->arena, upload->context, upload->uri, &sending->place, &problem, &hint)) {
        refuse(upload->arena, problem, hint, ret_answer);
        return;
    }
    sending->file = fopen(upload->file, "rbe");
    if (sending->file == NULL) {
        refuse(upload->arena, arena_format(upload->arena, "%s: %s", upload->file, strerror(errno)), NULL, ret_answer);
        return;
    }
    put(sending, ret_answer);
    fclose(sending->file);
}

void azure_put(const struct remote_upload *upload, struct remote_answer *ret_answer)
{
    struct sending sending = { .upload = upload,
                               .arena = arena_create(ARENA_WIPED),
                               .scratch = arena_create(ARENA_WIPED) };

    if (sending.arena == NULL || sending.scratch == NULL)
        refuse(upload->arena, NULL, NULL, ret_answer);
    else
        begin(&sending, ret_answer);
    arena_destroy(sending.scratch);
    arena_destroy(sending.arena);
}
