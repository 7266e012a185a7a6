// Rewriting of a session's inputs. `const x = await f(); x.y` becomes
//     let x; (async () => { void (x = await f()); return { value: (x.y) }
//     })()
// so that the names live on in the realm and the last expression's value comes out.
#include "shell/repl_source.h"

#include <algorithm>

namespace heddle::shell {

namespace {

constexpr std::string_view kHead = "(async () => {";
constexpr std::string_view kTail = "\n})()";

SourceTextRef text_ref(std::string_view text) {
    return SourceText::from_utf8(text, "REPL");
}

bool starts_like_object(std::string_view text) {
    size_t first = text.find_first_not_of(" \t\r\n");
    size_t last = text.find_last_not_of(" \t\r\n");
    return first != std::string_view::npos && text[first] == '{' && text[last] != ';';
}

/// The arrow function that the whole program calls, or null.
const FunctionNode* called_arrow(const Program& program) {
    if (program.function->body.size() != 1) return nullptr;
    auto* statement = program.function->body[0]->try_as<ExpressionStatement>();
    auto* call = statement ? statement->expression->try_as<CallExpression>() : nullptr;
    auto* function = call ? call->callee->try_as<FunctionExpression>() : nullptr;
    return function && function->function->is_arrow() && function->function->is_async ? function->function
                                                                                      : nullptr;
}

class AwaitRewriter {
public:
    AwaitRewriter(const SourceText& source, const FunctionNode& function)
        : source_(source), function_(function) {}

    std::string rewrite() {
        NodeList<Statement*> body = function_.body;
        for (size_t i = 0; i < body.size(); ++i)
            top_level(body[i], i + 1 == body.size());
        std::stable_sort(edits_.begin(), edits_.end(),
                         [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
        std::string rewritten;
        uint32_t at = static_cast<uint32_t>(kHead.size());
        for (const Edit& edit : edits_) {
            rewritten += source_.to_utf8(at, edit.begin) + edit.text;
            at = edit.end;
        }
        rewritten += source_.to_utf8(at, source_.length());
        return declarations("let", lexical_) + declarations("var", variables_) + std::string(kHead) +
               functions_ + rewritten;
    }

private:
    struct Edit {
        uint32_t begin;
        uint32_t end;
        std::string text;
    };

    void replace(uint32_t begin, uint32_t end, std::string text) {
        edits_.push_back({begin, end, std::move(text)});
    }
    void insert(uint32_t at, std::string text) { replace(at, at, std::move(text)); }

    static std::string declarations(std::string_view keyword, const std::vector<std::string>& names) {
        std::string out;
        for (const std::string& name : names)
            out += (out.empty() ? std::string(keyword) + " " : ", ") + name;
        return out.empty() ? out : out + "; ";
    }

    static void bound_names(const Node* target, std::vector<std::string>& names) {
        if (!target) return;
        if (auto* identifier = target->try_as<Identifier>()) {
            std::string name = identifier->name->to_utf8();
            if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
        } else if (auto* array = target->try_as<ArrayPattern>()) {
            for (const PatternElement* element : array->elements)
                if (element) bound_names(element->target, names);
            bound_names(array->rest, names);
        } else if (auto* object = target->try_as<ObjectPattern>()) {
            for (const PatternProperty* property : object->properties)
                bound_names(property->element->target, names);
            bound_names(object->rest, names);
        }
    }

    /// The keyword goes; what remains are assignments. In the head of a loop they stand as they are.
    void declaration_to_assignments(const VariableDeclaration& declaration, bool in_loop_head) {
        bool is_var = declaration.declaration_kind == DeclarationKind::kVar;
        for (const VariableDeclarator* declarator : declaration.declarators) {
            bound_names(declarator->target, is_var ? variables_ : lexical_);
            if (!declarator->initializer && !is_var) insert(declarator->end, " = undefined");
        }
        uint32_t first = declaration.declarators.front()->begin;
        replace(declaration.begin, first, in_loop_head ? "" : "void (");
        if (!in_loop_head) insert(declaration.declarators.back()->end, ")");
    }

    void top_level(const Statement* statement, bool is_last) {
        if (auto* declaration = statement->try_as<VariableDeclaration>()) {
            bool disposes = declaration->declaration_kind == DeclarationKind::kUsing ||
                            declaration->declaration_kind == DeclarationKind::kAwaitUsing;
            if (!disposes) declaration_to_assignments(*declaration, false);
        } else if (auto* function = statement->try_as<FunctionDeclaration>()) {
            std::string name = function->function->name->to_utf8();
            variables_.push_back(name);
            functions_ += "this." + name + " = " + name + "; ";
        } else if (auto* class_declaration = statement->try_as<ClassDeclaration>()) {
            std::string name = class_declaration->class_node->name->name->to_utf8();
            lexical_.push_back(name);
            insert(statement->begin, name + " = ");
            insert(statement->end, ";");
        } else if (is_last && statement->is<ExpressionStatement>()) {
            insert(statement->begin, "return { __proto__: null, value: (");
            bool has_semicolon = statement->end > statement->begin && source_.at(statement->end - 1) == ';';
            insert(has_semicolon ? statement->end - 1 : statement->end, ") }");
        } else {
            nested_vars(statement);
        }
    }

    /// `var` inside blocks and loops belongs to the realm too.
    void nested_vars(const Node* node) {
        if (!node) return;
        auto in_head = [&](const Node* head) {
            auto* declaration = head ? head->try_as<VariableDeclaration>() : nullptr;
            if (declaration && declaration->declaration_kind == DeclarationKind::kVar)
                declaration_to_assignments(*declaration, true);
        };
        switch (node->kind) {
        case NodeKind::kVariableDeclaration: {
            auto* declaration = node->as<VariableDeclaration>();
            if (declaration->declaration_kind == DeclarationKind::kVar)
                declaration_to_assignments(*declaration, false);
            return;
        }
        case NodeKind::kForStatement:
            in_head(node->as<ForStatement>()->initializer);
            return nested_vars(node->as<ForStatement>()->body);
        case NodeKind::kForInStatement:
            in_head(node->as<ForInStatement>()->left);
            return nested_vars(node->as<ForInStatement>()->body);
        case NodeKind::kForOfStatement:
            in_head(node->as<ForOfStatement>()->left);
            return nested_vars(node->as<ForOfStatement>()->body);
        default:
            break;
        }
        struct Children final : PartVisitor {
            explicit Children(AwaitRewriter& rewriter) : rewriter_(rewriter) {}
            void fact(std::string_view, std::string_view) override {}
            void child(std::string_view, const Node* part) override {
                bool holds_statements =
                    part && (part->is_statement() || part->is<SwitchCase>() || part->is<CatchClause>());
                if (holds_statements && !part->is<FunctionDeclaration>()) rewriter_.nested_vars(part);
            }
            AwaitRewriter& rewriter_;
        };
        Children children(*this);
        visit_parts(*node, children);
    }

    const SourceText& source_;
    const FunctionNode& function_;
    std::vector<Edit> edits_;
    std::vector<std::string> lexical_;
    std::vector<std::string> variables_;
    std::string functions_;
};

void note_names(PreparedSource& prepared, const Program& program) {
    for (const Variable* variable : program.lexical)
        prepared.lexical_names.push_back(variable->name->to_utf8());
    for (const AstString* name : program.var_names)
        prepared.variable_names.push_back(name->to_utf8());
    for (const DeclaredFunction& function : program.functions)
        prepared.variable_names.push_back(function.name->to_utf8());
}

} // namespace

PreparedSource prepare_source(const std::string& text, const ParseOptions& options) {
    PreparedSource prepared;
    prepared.text = text;
    auto accept = [&](const std::string& candidate) {
        ParseResult parsed = parse_script(text_ref(candidate), options);
        if (!parsed.ok()) {
            prepared.error = parsed.error;
            return false;
        }
        prepared.text = candidate;
        note_names(prepared, *parsed.program);
        return true;
    };
    const std::string wrapped_text = starts_like_object(text) ? "(" + text + "\n)" : text;
    bool mentions_await = text.find("await") != std::string::npos;
    for (const std::string* candidate : {&wrapped_text, &text}) {
        if (!mentions_await) break;
        std::string wrapped = std::string(kHead) + *candidate + std::string(kTail);
        ParseResult parsed = parse_script(text_ref(wrapped), options);
        const FunctionNode* arrow = parsed.ok() ? called_arrow(*parsed.program) : nullptr;
        if (!arrow || !contains_await(*arrow)) continue;
        if (accept(AwaitRewriter(*parsed.source, *arrow).rewrite())) {
            prepared.awaits = true;
            return prepared;
        }
    }
    if (wrapped_text != text && accept(wrapped_text)) return prepared;
    if (accept(text)) return prepared;
    bool incomplete = prepared.error.is_incomplete;
    // Only a module says of `await f(` that it is unfinished rather than wrong.
    if (mentions_await && !incomplete) incomplete = parse_module(text_ref(text), options).error.is_incomplete;
    prepared.state = incomplete ? PreparedSource::State::Incomplete : PreparedSource::State::Invalid;
    return prepared;
}

} // namespace heddle::shell
