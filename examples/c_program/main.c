/* Heddle in a C program: a function and a class of the host's, an exception, a promise, memory of the host's, a clone.
 * Prints what happens; its exit status is 0 when all of it does. */
#include <heddle/heddle.h>

#include <stdio.h>
#include <stdlib.h>

static heddle_error error = HEDDLE_ERROR_INIT;

/* Ends the program with the library's own message. */
static void check(heddle_status status, const char* what) {
    if (status == HEDDLE_OK) return;
    fprintf(stderr, "%s: %s: %s\n", what, heddle_status_name(status), error.message);
    exit(1);
}

static void show(heddle_agent* agent, const char* title, heddle_value value) {
    char text[256];
    heddle_value string;
    check(heddle_to_string(agent, value, &string, &error), "converting to a string");
    check(heddle_get_string_utf8(agent, string, text, sizeof text, NULL, &error), "reading a string");
    printf("%-12s %s\n", title, text);
}

static heddle_value run(heddle_agent* agent, const char* source) {
    heddle_value result;
    check(heddle_evaluate(agent, source, HEDDLE_AUTO_LENGTH, "c_program.js", &result, &error), source);
    return result;
}

/* print(...values) */
static heddle_status print(heddle_agent* agent, const heddle_arguments* arguments, heddle_value* result) {
    (void)result; /* undefined */
    for (size_t i = 0; i < arguments->count; ++i) {
        char text[256];
        heddle_value string;
        heddle_status status = heddle_to_string(agent, arguments->values[i], &string, NULL);
        if (status != HEDDLE_OK) return status; /* passes exceptions on */
        status = heddle_get_string_utf8(agent, string, text, sizeof text, NULL, NULL);
        if (status != HEDDLE_OK) return status;
        printf("%s%s", i ? " " : "", text);
    }
    printf("\n");
    return HEDDLE_OK;
}

/* class Stack { push(number); get size } over memory of C's own */
struct stack {
    double numbers[16];
    size_t size;
};
static heddle_class stack_class;

static void free_stack(heddle_agent* agent, void* data) {
    (void)agent;
    free(data);
}

static heddle_status make_stack(heddle_agent* agent, const heddle_arguments* arguments, heddle_value* result) {
    heddle_status status;
    struct stack* stack = calloc(1, sizeof *stack);
    (void)result;
    if (!stack) return HEDDLE_OUT_OF_MEMORY;
    status = heddle_object_set_private(agent, arguments->this_value, stack, free_stack, NULL);
    if (status != HEDDLE_OK) free(stack);
    return status;
}

static heddle_status stack_of(heddle_agent* agent, const heddle_arguments* arguments, struct stack** out) {
    void* data = NULL;
    if (heddle_object_get_private(agent, arguments->this_value, stack_class, &data, NULL) != HEDDLE_OK || !data)
        return heddle_throw_error(agent, HEDDLE_TYPE_ERROR, "this is no Stack", NULL);
    *out = data;
    return HEDDLE_OK;
}

static heddle_status push(heddle_agent* agent, const heddle_arguments* arguments, heddle_value* result) {
    struct stack* stack = NULL;
    double number = 0;
    heddle_status status = stack_of(agent, arguments, &stack);
    if (status != HEDDLE_OK) return status;
    if (arguments->count == 0) return heddle_throw_error(agent, HEDDLE_TYPE_ERROR, "push takes a number", NULL);
    status = heddle_to_number(agent, arguments->values[0], &number, NULL);
    if (status != HEDDLE_OK) return status;
    if (stack->size == 16) return heddle_throw_error(agent, HEDDLE_RANGE_ERROR, "the stack is full", NULL);
    stack->numbers[stack->size++] = number;
    return heddle_number(agent, (double)stack->size, result, NULL);
}

static heddle_status get_size(heddle_agent* agent, const heddle_arguments* arguments, heddle_value* result) {
    struct stack* stack = NULL;
    heddle_status status = stack_of(agent, arguments, &stack);
    return status != HEDDLE_OK ? status : heddle_number(agent, (double)stack->size, result, NULL);
}

static void memory_is_back(void* data, size_t length, void* context) {
    (void)data;
    (void)length;
    *(int*)context += 1;
}

int main(void) {
    heddle_runtime* runtime = NULL;
    heddle_agent* agent = NULL;
    heddle_scope scope;
    heddle_realm realm;
    heddle_value global, value, constructor, result;
    heddle_method methods[2] = {{0}};
    heddle_class_options stack_options = HEDDLE_CLASS_OPTIONS_INIT;
    heddle_promise_state state;
    heddle_store* store = NULL;
    heddle_message* message = NULL;
    static unsigned char memory[4] = {1, 2, 3, 4};
    int memory_came_back = 0;

    printf("heddle %s\n", heddle_version_string());
    check(heddle_runtime_create(NULL, &runtime, &error), "making a runtime");
    check(heddle_agent_create(runtime, NULL, &agent, &error), "making an agent");
    check(heddle_scope_open(agent, &scope, &error), "opening a scope");
    check(heddle_realm_current(agent, &realm, &error), "asking for the realm");
    check(heddle_realm_global(agent, realm, &global, &error), "asking for the global object");

    check(heddle_function_create(agent, "print", 0, print, NULL, NULL, &value, &error), "making a function");
    check(heddle_set_named(agent, global, "print", value, &error), "defining print");
    run(agent, "print('functions', [1, 2, 3].map(x => x * x), `and ${Math.max(3, 7)}`)");

    methods[0].name = "push";
    methods[0].callback = push;
    methods[0].length = 1;
    methods[1].name = "size";
    methods[1].getter = get_size;
    stack_options.name = "Stack";
    stack_options.constructor = make_stack;
    stack_options.methods = methods;
    stack_options.method_count = 2;
    check(heddle_class_create(agent, &stack_options, &stack_class, &error), "making a class");
    check(heddle_class_constructor(agent, stack_class, &constructor, &error), "asking for a constructor");
    check(heddle_set_named(agent, global, "Stack", constructor, &error), "defining Stack");
    run(agent, "const s = new Stack; s.push(1); s.push(2); print('classes', s.size, s instanceof Stack)");

    if (heddle_evaluate(agent, "for (;;) s.push(0)", HEDDLE_AUTO_LENGTH, "c_program.js", &result, &error) != HEDDLE_EXCEPTION) return 1;
    printf("exceptions   %s\n", error.message);

    value = run(agent, "(async () => { await null; return 'settled' })()");
    check(heddle_jobs_run(agent, &error), "running jobs");
    check(heddle_promise_get_state(agent, value, &state, &result, &error), "asking a promise");
    if (state != HEDDLE_FULFILLED) return 1;
    show(agent, "promises", result);

    check(heddle_store_adopt(runtime, memory, sizeof memory, 0, memory_is_back, &memory_came_back, &store, &error), "lending memory");
    check(heddle_buffer_create(agent, store, &value, &error), "making a buffer");
    check(heddle_set_named(agent, global, "lent", value, &error), "defining lent");
    run(agent, "const bytes = new Uint8Array(lent); print('buffers', bytes); bytes[0] = 42");
    if (memory[0] != 42) return 1;

    value = run(agent, "({ map: new Map([['key', [1n, new Date(0)]]]) })");
    check(heddle_message_serialize(agent, value, NULL, 0, &message, &error), "cloning");
    check(heddle_message_deserialize(agent, message, &value, NULL, &error), "reading a clone");
    check(heddle_set_named(agent, global, "clone", value, &error), "defining clone");
    run(agent, "print('clones', clone.map.get('key')[0], clone.map.get('key')[1].getTime())");

    check(heddle_agent_destroy(agent, &error), "ending the agent");
    check(heddle_runtime_destroy(runtime, &error), "ending the runtime");
    printf("the end      the memory came back %d time%s\n", memory_came_back, memory_came_back == 1 ? "" : "s");
    return memory_came_back == 1 ? 0 : 1;
}
