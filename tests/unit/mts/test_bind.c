/* SPDX-License-Identifier: Apache-2.0 */
/* MTABindArgument and MTABindResult (section 6). */
#include "p1/p1_bind.h"

#include "fixture.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define NAME "800d6d74612d612e6578616d706c65" /* mta-a.example */

static const struct {
    const char *what, *hex;
    int error;
    enum p1_credentials credentials;
    const char *password;
    bool security_context;
} reads[] = {
    {"unauthenticated", "0500", X4_OK, P1_CREDENTIALS_NONE, NULL, false},
    {"IA5 password", "a11a" NAME "a109160773656372657441", X4_OK, P1_CREDENTIALS_IA5, "secretA",
     false},
    {"octets", "a11a" NAME "a109040773656372657441", X4_OK, P1_CREDENTIALS_OCTETS, "secretA",
     false},
    {"empty password", "a113" NAME "a1021600", X4_OK, P1_CREDENTIALS_IA5, "", false},
    {"other order", "a11a a109160773656372657441" NAME, X4_OK, P1_CREDENTIALS_IA5, "secretA",
     false},
    {"indefinite lengths", "a180" NAME "a180 1607 73656372657441 0000 0000", X4_OK,
     P1_CREDENTIALS_IA5, "secretA", false},
    {"constructed string", "a11e" NAME "a10d 360b 1603736563 160472657441", X4_OK,
     P1_CREDENTIALS_IA5, "secretA", false},
    {"security context", "a11e" NAME "a109160773656372657441 a202 3100", X4_OK, P1_CREDENTIALS_IA5,
     "secretA", true},
    {"strong", "a11b" NAME "a10a a008 a002 0500 a102 0500", X4_OK, P1_CREDENTIALS_STRONG, NULL,
     false},
    {"protected", "a117" NAME "a106 a104 80020500", X4_OK, P1_CREDENTIALS_PROTECTED, NULL, false},
    {"nothing", "", X4_ETRUNC, P1_CREDENTIALS_NONE, NULL, false},
    {"cut off", "a11a" NAME "a1091607", X4_ETRUNC, P1_CREDENTIALS_NONE, NULL, false},
    {"no name", "a10b a109160773656372657441", X4_EMISSING, P1_CREDENTIALS_NONE, NULL, false},
    {"no credentials", "a10f" NAME, X4_EMISSING, P1_CREDENTIALS_NONE, NULL, false},
    {"unknown credentials", "a113" NAME "a1020500", X4_ESYNTAX, P1_CREDENTIALS_NONE, NULL, false},
    {"something else", "3000", X4_ESYNTAX, P1_CREDENTIALS_NONE, NULL, false},
};

static void binds_are_read(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(reads); i++) {
        struct p1_bind bind;
        int error = p1_bind_parse(ber_text(&f->arena, reads[i].hex), &f->arena, &bind);

        if (error != reads[i].error || bind.credentials != reads[i].credentials)
            fail_msg("%s: %s", reads[i].what, x4_strerror(error));
        assert_int_equal(bind.security_context, reads[i].security_context);
        if (!error && reads[i].credentials != P1_CREDENTIALS_NONE)
            assert_text(bind.mta_name, "mta-a.example");
        if (reads[i].password)
            assert_text(bind.password, reads[i].password);
    }
}

/* SET { [0] name of n octets, [1] password of m } */
static struct slice long_bind(struct fixture *f, size_t n, size_t m)
{
    static const uint8_t text[128] = "aaaaaaaaaaaaaaaa";
    struct slice password;
    struct slice members;

    buf_reset(&f->out);
    ber_put_tlv(&f->out, BER_T_IA5, false, slice_make(text, m));
    password = arena_dup(&f->arena, buf_view(&f->out));
    buf_reset(&f->out);
    ber_put_tlv(&f->out, BER_CONTEXT(0), false, slice_make(text, n));
    ber_put_tlv(&f->out, BER_CONTEXT(1), true, password);
    members = arena_dup(&f->arena, buf_view(&f->out));
    buf_reset(&f->out);
    ber_put_tlv(&f->out, BER_CONTEXT(1), true, members);
    return arena_dup(&f->arena, buf_view(&f->out));
}

static void long_names_and_passwords_are_refused(void **state)
{
    struct fixture *f = *state;
    struct p1_bind bind;

    assert_int_equal(p1_bind_parse(long_bind(f, 64, 64), &f->arena, &bind), X4_OK);
    assert_int_equal(p1_bind_parse(long_bind(f, 65, 64), &f->arena, &bind), X4_ELIMIT);
    assert_int_equal(p1_bind_parse(long_bind(f, 64, 65), &f->arena, &bind), X4_ELIMIT);
}

static const struct {
    struct p1_bind bind;
    const char *hex;
} writes[] = {
    {{.credentials = P1_CREDENTIALS_NONE}, "0500"},
    {{.credentials = P1_CREDENTIALS_IA5,
      .mta_name = {(const uint8_t *)"mta-a.example", 13},
      .password = {(const uint8_t *)"secretA", 7}},
     "a11a" NAME "a109160773656372657441"},
    {{.credentials = P1_CREDENTIALS_OCTETS,
      .mta_name = {(const uint8_t *)"mta-a.example", 13},
      .password = {(const uint8_t *)" ", 1}},
     "a114" NAME "a103040120"},
    {{.credentials = P1_CREDENTIALS_IA5, .mta_name = {(const uint8_t *)"mta-a.example", 13}},
     "a113" NAME "a1021600"},
};

static void binds_are_written(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(writes); i++) {
        buf_reset(&f->out);
        assert_int_equal(p1_bind_build(&writes[i].bind, &f->out), X4_OK);
        assert_slice(buf_view(&f->out), ber_text(&f->arena, writes[i].hex));
    }
}

static void binds_that_cannot_be_made_are_refused(void **state)
{
    static const uint8_t text[65] = "a";
    struct p1_bind bind = {.credentials = P1_CREDENTIALS_STRONG, .mta_name = SLICE_LIT("m")};
    struct fixture *f = *state;

    assert_int_equal(p1_bind_build(&bind, &f->out), X4_EINVAL);
    bind.credentials = P1_CREDENTIALS_IA5;
    bind.mta_name = SLICE_LIT("");
    assert_int_equal(p1_bind_build(&bind, &f->out), X4_EINVAL);
    bind.mta_name = slice_make(text, sizeof(text));
    assert_int_equal(p1_bind_build(&bind, &f->out), X4_EINVAL);
    bind.mta_name = SLICE_LIT("m");
    bind.password = slice_make(text, sizeof(text));
    assert_int_equal(p1_bind_build(&bind, &f->out), X4_EINVAL);
    assert_int_equal(f->out.len, 0);
}

static void names_compare_with_and_without_case(void **state)
{
    (void)state;
    assert_true(p1_name_equal(SLICE_LIT("MTA-a"), SLICE_LIT("mta-A"), false));
    assert_false(p1_name_equal(SLICE_LIT("MTA-a"), SLICE_LIT("mta-A"), true));
    assert_true(p1_name_equal(SLICE_LIT("mta"), SLICE_LIT("mta"), true));
    assert_false(p1_name_equal(SLICE_LIT("mta"), SLICE_LIT("mta2"), false));
}

static void passwords_compare_octet_for_octet(void **state)
{
    (void)state;
    assert_true(p1_password_equal(SLICE_LIT("secret"), SLICE_LIT("secret")));
    assert_true(p1_password_equal(SLICE_LIT(""), SLICE_LIT("")));
    assert_true(p1_password_equal(SLICE_NONE, SLICE_LIT("")));
    assert_false(p1_password_equal(SLICE_LIT("Secret"), SLICE_LIT("secret")));
    assert_false(p1_password_equal(SLICE_LIT("secretsecret"), SLICE_LIT("secret")));
    assert_false(p1_password_equal(SLICE_LIT("secret"), SLICE_LIT("secretsecret")));
    assert_false(p1_password_equal(SLICE_LIT(""), SLICE_LIT("secret")));
    assert_false(p1_password_equal(SLICE_LIT("\0\0"), SLICE_LIT("")));
}

static sigjmp_buf beyond;

static void note_access(int signum)
{
    (void)signum;
    siglongjmp(beyond, 1);
}

/* Is the last octet read of what was offered? It lies in a page that cannot be. */
static bool reads_all(uint8_t *page, size_t size, const char *offered, struct slice expected)
{
    const size_t len = strlen(offered);
    uint8_t *start = page + size - (len - 1);

    memcpy(start, offered, len - 1);
    if (sigsetjmp(beyond, 1))
        return true;
    p1_password_equal(slice_make(start, len), expected);
    return false;
}

/* Were it to end at the first octet that differs, its time would tell how many are right. */
static void passwords_are_compared_to_their_end(void **state)
{
    static const char *const offered[] = {"Secret", "sEcret", "secreT",
                                          "secret", "xx",     "secret and more"};
    const struct sigaction note = {.sa_handler = note_access};
    const size_t size = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *pages =
        mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct sigaction segv, bus;

    (void)state;
    assert_true(pages != MAP_FAILED);
    assert_int_equal(mprotect(pages + size, size, PROT_NONE), 0);
    sigaction(SIGSEGV, &note, &segv);
    sigaction(SIGBUS, &note, &bus);
    for (size_t i = 0; i < sizeof(offered) / sizeof(offered[0]); i++)
        assert_true(reads_all(pages, size, offered[i], SLICE_LIT("secret")));
    sigaction(SIGSEGV, &segv, NULL);
    sigaction(SIGBUS, &bus, NULL);
    munmap(pages, 2 * size);
}

static void bind_errors_have_texts(void **state)
{
    (void)state;
    assert_string_equal(p1_bind_error_text(0), "busy");
    assert_string_equal(p1_bind_error_text(2), "authentication-error");
    assert_string_equal(p1_bind_error_text(3), "unacceptable-dialogue-mode");
    assert_string_equal(p1_bind_error_text(4), "unacceptable-security-context");
    assert_string_equal(p1_bind_error_text(5), "inadequate-association-confidentiality");
    assert_string_equal(p1_bind_error_text(1), "unknown bind error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(binds_are_read),
        TEST(long_names_and_passwords_are_refused),
        TEST(binds_are_written),
        TEST(binds_that_cannot_be_made_are_refused),
        TEST(names_compare_with_and_without_case),
        TEST(passwords_compare_octet_for_octet),
        TEST(passwords_are_compared_to_their_end),
        TEST(bind_errors_have_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
