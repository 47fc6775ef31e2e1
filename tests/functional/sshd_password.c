/*
 * Loaded before others into the tests' sshd, which is not root's: gives whoever logs in the password of the environment,
 * where the system's own accounts would not be told, and have none that tests could know.
 */
#include <shadow.h>
#include <stdlib.h>

struct spwd *getspnam(const char *name)
{
    static struct spwd entry;
    entry = (struct spwd){
        .sp_namp = (char *)name,
        .sp_pwdp = getenv("SSHD_PASSWORD_HASH"),
        .sp_lstchg = -1, // nothing expires
        .sp_min = -1,
        .sp_max = -1,
        .sp_warn = -1,
        .sp_inact = -1,
        .sp_expire = -1,
    };
    return &entry;
}
