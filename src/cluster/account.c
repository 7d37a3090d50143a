#include "planner/cluster/account.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

static void account_fill(struct req *rq, const struct passwd *entry, struct account *out)
{
    out->uid = entry->pw_uid;
    out->gid = entry->pw_gid;
    out->name = arena_strdup(rq->arena, entry->pw_name);
}

static enum status choose_for_root(struct req *rq, const char *data_dir, struct account *out)
{
    const struct passwd *entry = NULL;
    struct stat st;

    if (stat(data_dir, &st) == 0 && st.st_uid != 0) {
        *out = (struct account){st.st_uid, st.st_gid, ""};
        entry = getpwuid(st.st_uid);
    } else {
        entry = getpwnam("postgres");
        if (entry == NULL || entry->pw_uid == 0)
            return req_fail(rq, ST_UNAVAILABLE,
                            "PostgreSQL does not run as root and there is no account 'postgres'; "
                            "install PostgreSQL or make the account, or give the data directory "
                            "to the account that shall run it");
    }
    if (entry != NULL)
        account_fill(rq, entry, out);
    return ST_OK;
}

enum status account_choose(struct req *rq, const char *data_dir, struct account *ret_account)
{
    struct account account = {geteuid(), getegid(), ""};
    const struct passwd *entry = NULL;

    if (account.uid == 0) {
        TRY(choose_for_root(rq, data_dir, &account));
    } else {
        entry = getpwuid(account.uid);
        account.name = entry == NULL ? "" : arena_strdup(rq->arena, entry->pw_name);
    }
    *ret_account = account;
    return ST_OK;
}

enum status account_become(struct req *rq, const struct account *account)
{
    bool ok = false;

    if (geteuid() != 0)
        return ST_OK;
    ok = (account->name[0] != '\0' ? initgroups(account->name, account->gid)
                                   : setgroups(1, &account->gid)) == 0;
    ok = ok && setresgid(account->gid, account->gid, account->gid) == 0;
    ok = ok && setresuid(account->uid, account->uid, account->uid) == 0;
    if (!ok || setuid(0) == 0)
        return req_fail(rq, ST_UNAVAILABLE,
                        "this process may not become the account '%s' that runs PostgreSQL; "
                        "run mcp-planner as an ordinary user",
                        account->name);
    return ST_OK;
}

/* Make the directories above path. Those of root must let the account through. */
static bool make_parents(struct arena *arena, const char *path)
{
    const mode_t mode = geteuid() == 0 ? 0755 : 0700;
    char *copy = arena_strdup(arena, path);

    for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, mode) != 0 && errno != EEXIST && access(copy, F_OK) != 0)
            return false;
        *slash = '/';
    }
    return true;
}

/* True when dir is empty or shows signs of ours. Two at once: the lock file comes first. */
static bool holds_nothing_else(int dir_fd)
{
    DIR *dir = fdopendir(dup(dir_fd));
    const struct dirent *entry = NULL;
    bool ours = false;
    bool other = false;

    if (dir == NULL)
        return false;
    while ((entry = readdir(dir)) != NULL) {
        const char *name = entry->d_name;
        if (strcmp(name, "clients.lock") == 0 || strcmp(name, "pg") == 0)
            ours = true;
        else if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
                 strcmp(name, "lost+found") != 0)
            other = true;
    }
    (void)closedir(dir);
    return ours || !other;
}

static enum status dir_useless(struct req *rq, int cause)
{
    return req_fail(rq, ST_UNAVAILABLE,
                    "the data directory of the private database cannot be used (%s); give it to "
                    "this account or name another with --data-dir",
                    strerror(cause));
}

static enum status dir_fail(struct req *rq, const char *data_dir)
{
    const int cause = errno;

    log_write(rq->log, LOG_ERROR, "data directory %s: %s", data_dir, strerror(cause));
    return dir_useless(rq, cause);
}

static enum status dir_taken(struct req *rq)
{
    return req_fail(rq, ST_UNAVAILABLE,
                    "the configured data directory holds other files; name one that is empty or "
                    "does not exist yet with --data-dir");
}

/* Root gives the directory away; O_EXCL and descriptors, since its new owner could plant links. */
static enum status dir_claim(struct req *rq, const char *data_dir, int fd)
{
    struct account account;
    struct stat st;
    int lock = -1;

    TRY(account_choose(rq, data_dir, &account));
    if (!holds_nothing_else(fd))
        return dir_taken(rq);
    if (fstat(fd, &st) != 0)
        return dir_fail(rq, data_dir);
    if (geteuid() == 0 && st.st_uid != account.uid && fchown(fd, account.uid, account.gid) != 0)
        return dir_fail(rq, data_dir);
    if ((st.st_mode & 0777) != 0700 && fchmod(fd, 0700) != 0)
        return dir_fail(rq, data_dir);
    lock = openat(fd, "clients.lock", O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (lock < 0)
        return errno == EEXIST ? ST_OK : dir_fail(rq, data_dir);
    if (geteuid() == 0 && fchown(lock, account.uid, account.gid) != 0) {
        (void)close(lock);
        return dir_fail(rq, data_dir);
    }
    (void)close(lock);
    return ST_OK;
}

enum status account_prepare(struct req *rq, const char *data_dir)
{
    enum status status = ST_OK;
    int fd = -1;

    if (!make_parents(rq->arena, data_dir) || (mkdir(data_dir, 0700) != 0 && errno != EEXIST))
        return dir_fail(rq, data_dir);
    fd = open(data_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return dir_fail(rq, data_dir);
    status = dir_claim(rq, data_dir, fd);
    (void)close(fd);
    return status;
}

/* Where it would be made: in the nearest directory above that is there. */
static enum status examine_place(struct req *rq, const char *data_dir)
{
    char *above = arena_strdup(rq->arena, data_dir);
    struct stat st = {0};

    do {
        char *slash = strrchr(above, '/');
        slash[slash == above] = '\0';
    } while (stat(above, &st) != 0 && errno == ENOENT && above[1] != '\0');
    if (S_ISREG(st.st_mode))
        errno = ENOTDIR;
    else if (S_ISDIR(st.st_mode) && access(above, W_OK | X_OK) == 0)
        return ST_OK;
    return dir_useless(rq, errno);
}

/*
 * As root: a directory above that the account certainly cannot pass. Groups are given the benefit
 * of the doubt; the keeper, which becomes the account, knows.
 */
static enum status examine_way(struct req *rq, const char *data_dir, const struct account *account)
{
    char *above = arena_strdup(rq->arena, data_dir);
    struct stat st;

    for (char *slash = strchr(above + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (stat(above, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid != account->uid &&
            (st.st_mode & (S_IXGRP | S_IXOTH)) == 0)
            return req_fail(rq, ST_UNAVAILABLE,
                            "the account '%s' that runs PostgreSQL cannot enter '%s' on the way to "
                            "the data directory; open it, or name another with --data-dir",
                            account->name, above);
        *slash = '/';
    }
    return ST_OK;
}

static enum status examine_dir(struct req *rq, const char *data_dir, const struct account *account)
{
    const int fd = open(data_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st = {0};
    bool is_free = false;
    bool is_ours = false;

    if (fd < 0)
        return errno == ENOENT ? examine_place(rq, data_dir) : dir_useless(rq, errno);
    is_free = holds_nothing_else(fd);
    is_ours = fstat(fd, &st) == 0 && (geteuid() == 0 || st.st_uid == account->uid);
    (void)close(fd);
    if (!is_free)
        return dir_taken(rq);
    return is_ours ? ST_OK : dir_useless(rq, EPERM);
}

enum status account_examine(struct req *rq, const char *data_dir)
{
    struct account account;

    TRY(account_choose(rq, data_dir, &account));
    if (geteuid() == 0 && account.uid != 0)
        TRY(examine_way(rq, data_dir, &account));
    return examine_dir(rq, data_dir, &account);
}

enum status account_private_dir(struct req *rq, const char *path)
{
    struct stat st;

    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return dir_fail(rq, path);
    if (lstat(path, &st) != 0)
        return dir_fail(rq, path);
    if (S_ISDIR(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 077) == 0)
        return ST_OK;
    log_write(rq->log, LOG_ERROR, "socket directory %s is not a private directory of ours", path);
    return req_fail(rq, ST_UNAVAILABLE,
                    "the place for the database's socket is taken by somebody else; name another "
                    "data directory (a shorter path needs no place outside it) with --data-dir");
}

const char *account_barrier(struct arena *arena, const char *path)
{
    char *copy = arena_strdup(arena, path);

    for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (access(copy, X_OK) != 0)
            return copy;
        *slash = '/';
    }
    return access(copy, X_OK) == 0 ? NULL : copy;
}
