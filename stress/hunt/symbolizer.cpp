#include "stress/hunt/symbolizer.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fmt/core.h>
#include <link.h>
#include <unistd.h>

namespace stress {

namespace {

struct Module {
    std::string path;
    uintptr_t base;
    uintptr_t end;
};

int add_module(dl_phdr_info* info, size_t, void* modules) {
    Module module{info->dlpi_name, info->dlpi_addr, 0};
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr)& header = info->dlpi_phdr[i];
        if (header.p_type == PT_LOAD) module.end = std::max<uintptr_t>(module.end, module.base + header.p_vaddr + header.p_memsz);
    }
    if (module.path.empty()) {
        char self[4096];
        ssize_t length = readlink("/proc/self/exe", self, sizeof self);
        if (length > 0) module.path.assign(self, static_cast<size_t>(length));
    }
    static_cast<std::vector<Module>*>(modules)->push_back(std::move(module));
    return 0;
}

} // namespace

std::vector<std::vector<std::string>> symbolize(const std::vector<CodePlace>& places) {
    std::vector<std::vector<std::string>> names(places.size());
    if (places.empty()) return names;
    std::string input;
    for (const CodePlace& place : places)
        input += place.module.empty() ? "CODE ? 0x0\n" : fmt::format("CODE \"{}\" {:#x}\n", place.module, place.offset);
    const char* folder = std::getenv("TMPDIR");
    std::string path = std::string(folder ? folder : "/tmp") + "/heddle-addresses-XXXXXX";
    int file = mkstemp(path.data());
    if (file < 0) return names;
    bool written = write(file, input.data(), input.size()) == static_cast<ssize_t>(input.size());
    close(file);
    std::string command = fmt::format("(llvm-symbolizer-19 <{0} || llvm-symbolizer <{0}) 2>/dev/null", path);
    if (FILE* symbolizer = written ? popen(command.c_str(), "r") : nullptr) {
        // For each place pairs of lines, function and file, and then an empty line.
        char line[4096];
        size_t index = 0;
        std::string function;
        while (index < names.size() && std::fgets(line, sizeof line, symbolizer)) {
            std::string text(line, std::strcspn(line, "\n"));
            if (text.empty()) {
                index++;
                function.clear();
            } else if (function.empty()) {
                function = text;
            } else {
                if (function != "??") names[index].push_back(function + ' ' + text);
                function.clear();
            }
        }
        pclose(symbolizer);
    }
    unlink(path.c_str());
    return names;
}

std::vector<std::vector<std::string>> symbolize(const std::vector<uintptr_t>& addresses) {
    std::vector<Module> modules;
    dl_iterate_phdr(add_module, &modules);
    std::vector<CodePlace> places;
    for (uintptr_t address : addresses) {
        CodePlace& place = places.emplace_back();
        for (const Module& module : modules) {
            if (address >= module.base && address < module.end) place = {module.path, address - module.base};
        }
    }
    return symbolize(places);
}

} // namespace stress
