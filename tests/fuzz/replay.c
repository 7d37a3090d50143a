/*
 * Runs a fuzz target without libFuzzer: every file of the corpus, then mutations of it from a fixed
 * seed, so that a failure here is a failure everywhere.
 *
 *   replay_NAME CORPUS_DIR [SECONDS]     2 s by default; the mutations are the same for any time
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define N_FILES_MAX 512
#define FILE_MAX    4096
#define N_ROUNDS    1500000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sample {
    uint8_t bytes[FILE_MAX];
    size_t len;
};

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t list_files(const char *dir, char **names)
{
    DIR *handle = opendir(dir);
    size_t n = 0;

    if (handle == NULL)
        return 0;
    for (const struct dirent *entry = readdir(handle); entry != NULL; entry = readdir(handle)) {
        if (entry->d_name[0] != '.' && n < N_FILES_MAX)
            names[n++] = strdup(entry->d_name);
    }
    closedir(handle);
    qsort(names, n, sizeof(*names), by_name); /* the order of a directory is nobody's promise */
    return n;
}

static bool read_sample(const char *dir, const char *name, struct sample *ret_sample)
{
    char path[4096];
    FILE *file = NULL;

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    file = fopen(path, "rbe");
    if (file == NULL)
        return false;
    ret_sample->len = fread(ret_sample->bytes, 1, FILE_MAX, file);
    fclose(file);
    return true;
}

static size_t load(const char *dir, struct sample *samples)
{
    char *names[N_FILES_MAX];
    const size_t n = list_files(dir, names);
    size_t n_read = 0;

    for (size_t i = 0; i < n; i++) {
        n_read += read_sample(dir, names[i], &samples[n_read]);
        free(names[i]);
    }
    return n_read;
}

/* One small change: overwrite, insert, remove, or splice in the tail of another sample. */
static void mutate(struct sample *s, const struct sample *other, uint64_t *seed)
{
    static const char marks[] = "{}[]\",:\\u0d8eE+-.1 tfn\n\x80\xC2\xED\xF4";
    const size_t at = next_random(seed) % (s->len + 1);
    const uint8_t byte = next_random(seed) % 3 == 0
                             ? (uint8_t)next_random(seed)
                             : (uint8_t)marks[next_random(seed) % sizeof(marks)];
    const size_t from = next_random(seed) % (other->len + 1);
    const size_t more = other->len - from;

    switch (next_random(seed) % 4) {
    case 0:
        if (at < s->len)
            s->bytes[at] = byte;
        break;
    case 1:
        if (s->len == FILE_MAX)
            break;
        memmove(s->bytes + at + 1, s->bytes + at, s->len - at);
        s->bytes[at] = byte;
        s->len++;
        break;
    case 2:
        if (at == s->len)
            break;
        memmove(s->bytes + at, s->bytes + at + 1, s->len - at - 1);
        s->len--;
        break;
    default:
        s->len = at + (more < FILE_MAX - at ? more : FILE_MAX - at);
        memcpy(s->bytes + at, other->bytes + from, s->len - at);
        break;
    }
}

static size_t run_mutations(const struct sample *samples, size_t n, time_t until)
{
    static struct sample work;
    uint64_t seed = 88172645463325252U;
    size_t round = 0;

    for (; round < N_ROUNDS && (round % 1024 != 0 || time(NULL) < until); round++) {
        const size_t changes = 1 + next_random(&seed) % 4;
        work = samples[next_random(&seed) % n];
        for (size_t i = 0; i < changes; i++)
            mutate(&work, &samples[next_random(&seed) % n], &seed);
        (void)LLVMFuzzerTestOneInput(work.bytes, work.len);
    }
    return round;
}

int main(int argc, char **argv)
{
    struct sample *samples = calloc(N_FILES_MAX, sizeof(*samples));
    const long seconds = argc > 2 ? strtol(argv[2], NULL, 10) : 2;
    size_t n = 0;
    size_t rounds = 0;

    if (argc < 2 || samples == NULL)
        return 2;
    n = load(argv[1], samples);
    if (n == 0) {
        fprintf(stderr, "%s: no corpus there\n", argv[1]);
        return 2;
    }
    for (size_t i = 0; i < n; i++)
        (void)LLVMFuzzerTestOneInput(samples[i].bytes, samples[i].len);
    rounds = run_mutations(samples, n, time(NULL) + seconds);
    printf("%zu samples, %zu mutations\n", n, rounds);
    free(samples);
    return rounds > 0 ? 0 : 1;
}
