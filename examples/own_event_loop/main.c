/* A host with an event loop of its own: poll(2) over a pipe and the agent's wake descriptor. Lines that come in by the pipe
 * go to script; script has timers and promises; another thread posts tasks. Ends when script calls quit(). */
#include <heddle/heddle.h>

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static heddle_error error = HEDDLE_ERROR_INIT;
static int ended;

static void check(heddle_status status, const char* what) {
    if (status == HEDDLE_OK) return;
    fprintf(stderr, "%s: %s: %s\n", what, heddle_status_name(status), error.message);
    exit(1);
}

static heddle_status print(heddle_agent* agent, const heddle_arguments* arguments, heddle_value* result) {
    char text[256];
    heddle_value string;
    heddle_status status = heddle_to_string(agent, arguments->values[0], &string, NULL);
    (void)result;
    if (status != HEDDLE_OK) return status;
    status = heddle_get_string_utf8(agent, string, text, sizeof text, NULL, NULL);
    if (status != HEDDLE_OK) return status;
    printf("script: %s\n", text);
    return HEDDLE_OK;
}

static heddle_status quit(heddle_agent* agent, const heddle_arguments* arguments, heddle_value* result) {
    (void)agent;
    (void)arguments;
    (void)result;
    ended = 1;
    return HEDDLE_OK;
}

static void on_uncaught(heddle_agent* agent, heddle_value exception, void* data) {
    char text[256] = "";
    heddle_value message;
    (void)data;
    if (heddle_exception_message(agent, exception, &message, NULL) == HEDDLE_OK)
        (void)heddle_get_string_utf8(agent, message, text, sizeof text, NULL, NULL);
    fprintf(stderr, "uncaught: %s\n", text);
    exit(1);
}

/* Calls globalThis[name](text). */
static void call_script(heddle_agent* agent, const char* name, const char* text, size_t length) {
    heddle_scope scope;
    heddle_realm realm;
    heddle_value global, function, argument, result;
    check(heddle_scope_open(agent, &scope, &error), "opening a scope");
    check(heddle_realm_current(agent, &realm, &error), "asking for the realm");
    check(heddle_realm_global(agent, realm, &global, &error), "asking for the global object");
    check(heddle_realm_release(agent, realm, &error), "releasing the realm");
    check(heddle_get_named(agent, global, name, &function, &error), name);
    check(heddle_string_utf8(agent, text, length, &argument, &error), "making a string");
    check(heddle_call(agent, function, global, &argument, 1, &result, &error), name);
    check(heddle_scope_close(agent, scope, &error), "closing the scope");
}

static void on_news(heddle_agent* agent, void* data) {
    call_script(agent, "onnews", data, strlen(data));
    free(data);
}

/* Another thread of the host's: types into the pipe, and posts a task. */
struct outside {
    heddle_agent* agent;
    int pipe;
};

static void* live_outside(void* argument) {
    struct outside* outside = argument;
    static const char lines[] = "first\nsecond\n";
    char* news = malloc(16);
    if (!news || write(outside->pipe, lines, sizeof lines - 1) < 0) exit(1);
    strcpy(news, "a task");
    if (heddle_agent_post(outside->agent, on_news, free, news, NULL) != HEDDLE_OK) exit(1);
    return NULL;
}

static const char script[] =
    "const seen = [];\n"
    "globalThis.online = line => { seen.push(line); print('line ' + line); };\n"
    "globalThis.onnews = text => { seen.push(text); print('news ' + text); };\n"
    "(async () => {\n"
    "    while (seen.length < 3) await new Promise(resolve => setTimeout(resolve, 2));\n"
    "    print('seen ' + seen.sort());\n"
    "    quit();\n"
    "})();\n";

int main(void) {
    heddle_runtime* runtime = NULL;
    heddle_agent* agent = NULL;
    heddle_agent_options options = HEDDLE_AGENT_OPTIONS_INIT;
    heddle_agent_hooks hooks = HEDDLE_AGENT_HOOKS_INIT;
    heddle_scope scope;
    heddle_realm realm;
    heddle_value global, function, result;
    struct outside outside;
    struct pollfd waited[2];
    pthread_t thread;
    int ends[2];
    char input[256];

    hooks.uncaught = on_uncaught;
    options.hooks = &hooks;
    if (pipe(ends) != 0) return 1;
    check(heddle_runtime_create(NULL, &runtime, &error), "making a runtime");
    check(heddle_agent_create(runtime, &options, &agent, &error), "making an agent");
    check(heddle_scope_open(agent, &scope, &error), "opening a scope");
    check(heddle_realm_current(agent, &realm, &error), "asking for the realm");
    check(heddle_realm_global(agent, realm, &global, &error), "asking for the global object");
    check(heddle_realm_release(agent, realm, &error), "releasing the realm");
    check(heddle_function_create(agent, "print", 1, print, NULL, NULL, &function, &error), "making print");
    check(heddle_set_named(agent, global, "print", function, &error), "defining print");
    check(heddle_function_create(agent, "quit", 0, quit, NULL, NULL, &function, &error), "making quit");
    check(heddle_set_named(agent, global, "quit", function, &error), "defining quit");
    check(heddle_evaluate(agent, script, HEDDLE_AUTO_LENGTH, "own_event_loop.js", &result, &error), "running the script");
    check(heddle_scope_close(agent, scope, &error), "closing the scope");

    waited[0].fd = ends[0];
    waited[0].events = POLLIN;
    waited[1].events = POLLIN;
    check(heddle_loop_wake_descriptor(agent, &waited[1].fd, &error), "asking for the descriptor");
    outside.agent = agent;
    outside.pipe = ends[1];
    if (pthread_create(&thread, NULL, live_outside, &outside) != 0) return 1;

    while (!ended) {
        uint64_t nanoseconds = 0;
        int milliseconds = -1;
        /* What is due runs; what is left says how long the host may sleep. */
        check(heddle_loop_poll(agent, 0, NULL, &error), "running what is due");
        if (ended) break;
        check(heddle_loop_next_deadline(agent, &nanoseconds, &error), "asking for the next deadline");
        if (nanoseconds != HEDDLE_NO_DEADLINE) milliseconds = (int)((nanoseconds + 999999) / 1000000);
        if (poll(waited, 2, milliseconds) < 0) return 1;
        if (waited[0].revents & POLLIN) {
            ssize_t length = read(ends[0], input, sizeof input);
            char* line = input;
            if (length <= 0) return 1;
            while (line < input + length) {
                char* end = memchr(line, '\n', (size_t)(input + length - line));
                if (!end) end = input + length;
                call_script(agent, "online", line, (size_t)(end - line));
                line = end + 1;
            }
        }
    }
    pthread_join(thread, NULL);
    check(heddle_agent_destroy(agent, &error), "ending the agent");
    check(heddle_runtime_destroy(runtime, &error), "ending the runtime");
    close(ends[0]);
    close(ends[1]);
    return 0;
}
