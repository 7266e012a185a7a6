/* heddle.h in a program of C11, without extensions. */
#include "heddle/heddle.h"

#include <string.h>

static heddle_status twice(heddle_agent* agent, const heddle_arguments* arguments, heddle_value* result) {
    double number = 0;
    heddle_status status = heddle_to_number(agent, arguments->values[0], &number, NULL);
    if (status != HEDDLE_OK) return status;
    return heddle_number(agent, 2 * number, result, NULL);
}

/* 0, or the line that failed. */
int heddle_use_from_c(void) {
    heddle_error error = HEDDLE_ERROR_INIT;
    heddle_runtime_options runtime_options = HEDDLE_RUNTIME_OPTIONS_INIT;
    heddle_agent_options agent_options = HEDDLE_AGENT_OPTIONS_INIT;
    heddle_runtime_statistics statistics = HEDDLE_RUNTIME_STATISTICS_INIT;
    heddle_class_options class_options = HEDDLE_CLASS_OPTIONS_INIT;
    heddle_store_options store_options = HEDDLE_STORE_OPTIONS_INIT;
    heddle_buffer_info buffer_info = HEDDLE_BUFFER_INFO_INIT;
    heddle_view_info view_info = HEDDLE_VIEW_INFO_INIT;
    heddle_heap_statistics heap = HEDDLE_HEAP_STATISTICS_INIT;
    heddle_module_hooks modules = HEDDLE_MODULE_HOOKS_INIT;
    heddle_agent_hooks hooks = HEDDLE_AGENT_HOOKS_INIT;
    heddle_runtime* runtime = NULL;
    heddle_agent* agent = NULL;
    heddle_scope scope;
    heddle_realm realm;
    heddle_value global, function, out;
    double number = 0;
    const uint32_t sizes[] = {class_options.size, store_options.size, buffer_info.size, view_info.size, modules.size};
    if (sizes[0] != sizeof class_options || sizes[4] != sizeof modules) return __LINE__;
    agent_options.hooks = &hooks;
    agent_options.name = "plain c";
    if (heddle_runtime_create(&runtime_options, &runtime, &error) != HEDDLE_OK) return __LINE__;
    if (heddle_agent_create(runtime, &agent_options, &agent, &error) != HEDDLE_OK) return __LINE__;
    if (heddle_scope_open(agent, &scope, &error) != HEDDLE_OK) return __LINE__;
    if (heddle_realm_current(agent, &realm, &error) != HEDDLE_OK) return __LINE__;
    if (heddle_realm_global(agent, realm, &global, &error) != HEDDLE_OK) return __LINE__;
    if (heddle_function_create(agent, "twice", 1, twice, NULL, NULL, &function, &error) != HEDDLE_OK) return __LINE__;
    if (heddle_set_named(agent, global, "twice", function, &error) != HEDDLE_OK) return __LINE__;
    if (heddle_evaluate(agent, "twice(21)", HEDDLE_AUTO_LENGTH, "c.js", &out, &error) != HEDDLE_OK) return __LINE__;
    if (heddle_get_number(agent, out, &number, &error) != HEDDLE_OK || number != 42) return __LINE__;
    if (heddle_evaluate(agent, "null.x", HEDDLE_AUTO_LENGTH, "c.js", &out, &error) != HEDDLE_EXCEPTION) return __LINE__;
    if (strncmp(error.message, "TypeError", 9) != 0) return __LINE__;
    if (heddle_heap_get_statistics(agent, &heap, &error) != HEDDLE_OK || heap.cell_bytes == 0) return __LINE__;
    if (heddle_realm_release(agent, realm, &error) != HEDDLE_OK) return __LINE__;
    if (heddle_scope_close(agent, scope, &error) != HEDDLE_OK) return __LINE__;
    if (heddle_agent_destroy(agent, &error) != HEDDLE_OK) return __LINE__;
    if (heddle_runtime_get_statistics(runtime, &statistics, &error) != HEDDLE_OK || statistics.agents != 0) return __LINE__;
    if (heddle_runtime_destroy(runtime, &error) != HEDDLE_OK) return __LINE__;
    return 0;
}
