// Walking the syntax tree by the names of its parts.
#include "shell/syntax_tree.h"

#include "shell/inspect_text.h"

#include <charconv>
#include <fmt/core.h>

namespace heddle::shell {

namespace {

/// Trees nested deeper are cut off: the walk uses the native stack.
constexpr int kMaxDepth = 2000;

std::string_view text_of(DeclarationKind kind) {
    constexpr std::string_view kTexts[] = {"var", "let", "const", "using", "await using"};
    return kTexts[static_cast<size_t>(kind)];
}
std::string_view text_of(UnaryOperator op) {
    constexpr std::string_view kTexts[] = {"delete", "void", "typeof", "+", "-", "~", "!"};
    return kTexts[static_cast<size_t>(op)];
}
std::string_view text_of(BinaryOperator op) {
    constexpr std::string_view kTexts[] = {
        "+", "-",  "*",  "/",   "%",   "**", "<<", ">>", ">>>", "&",          "|",
        "^", "==", "!=", "===", "!==", "<",  "<=", ">",  ">=",  "instanceof", "in"};
    return kTexts[static_cast<size_t>(op)];
}
std::string_view text_of(LogicalOperator op) {
    constexpr std::string_view kTexts[] = {"&&", "||", "??"};
    return kTexts[static_cast<size_t>(op)];
}
std::string_view text_of(PropertyKind kind) {
    constexpr std::string_view kTexts[] = {"value",  "shorthand", "method",    "getter",
                                           "setter", "spread",    "prototype", "cover"};
    return kTexts[static_cast<size_t>(kind)];
}
std::string_view text_of(ClassElementKind kind) {
    constexpr std::string_view kTexts[] = {"method", "getter", "setter", "field", "static block"};
    return kTexts[static_cast<size_t>(kind)];
}
std::string_view text_of(FunctionKind kind) {
    constexpr std::string_view kTexts[] = {"function",
                                           "arrow",
                                           "method",
                                           "getter",
                                           "setter",
                                           "constructor",
                                           "derived constructor",
                                           "field initializer",
                                           "static block",
                                           "script",
                                           "module",
                                           "eval"};
    return kTexts[static_cast<size_t>(kind)];
}
std::string_view text_of(ImportPhase phase) {
    constexpr std::string_view kTexts[] = {"evaluation", "defer", "source"};
    return kTexts[static_cast<size_t>(phase)];
}

std::string number_text(double value) {
    char buffer[64];
    auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
    return error == std::errc() ? std::string(buffer, end) : std::string("?");
}

class PartWalk {
public:
    PartWalk(const Node& node, PartVisitor& visitor) : node_(node), visitor_(visitor) {}
    void walk();

private:
    void name(const AstString* text) {
        if (text) visitor_.fact("name", text->to_utf8());
    }
    void quoted(std::string_view what, const AstString* text) {
        visitor_.fact(what, text ? quote(text->to_utf8()) : "undefined");
    }
    void op(std::string_view text) { visitor_.fact("op", text); }
    void kind(std::string_view text) { visitor_.fact("kind", text); }
    void flag(bool set, std::string_view what) {
        if (set) visitor_.fact("", what);
    }
    void child(std::string_view what, const Node* node) {
        if (node) visitor_.child(what, node);
    }
    template<class T>
    void list(std::string_view what, NodeList<T> nodes) {
        for (const Node* node : nodes)
            visitor_.child(what, node);
    }
    template<class T>
    const T& as() const {
        return *node_.as<T>();
    }
    void expression();
    void part();
    void statement();

    const Node& node_;
    PartVisitor& visitor_;
};

void PartWalk::expression() {
    switch (node_.kind) {
    case NodeKind::kIdentifier:
        return name(as<Identifier>().name);
    case NodeKind::kBooleanLiteral:
        return visitor_.fact("value", as<BooleanLiteral>().value ? "true" : "false");
    case NodeKind::kNumericLiteral:
        return visitor_.fact("value", number_text(as<NumericLiteral>().value));
    case NodeKind::kBigIntLiteral:
        return visitor_.fact("value", as<BigIntLiteral>().digits->to_utf8() + "n");
    case NodeKind::kStringLiteral:
        return quoted("value", as<StringLiteral>().value);
    case NodeKind::kRegExpLiteral:
        quoted("pattern", as<RegExpLiteral>().pattern);
        return quoted("flags", as<RegExpLiteral>().flags);
    case NodeKind::kTemplateLiteral:
        for (const AstString* raw : as<TemplateLiteral>().raw)
            quoted("raw", raw);
        return list("", as<TemplateLiteral>().expressions);
    case NodeKind::kTaggedTemplate:
        child("tag", as<TaggedTemplate>().tag);
        return child("template", as<TaggedTemplate>().quasi);
    case NodeKind::kImportCall:
        kind(text_of(as<ImportCall>().phase));
        child("specifier", as<ImportCall>().specifier);
        return child("options", as<ImportCall>().options);
    case NodeKind::kArrayLiteral:
        return list("", as<ArrayLiteral>().elements);
    case NodeKind::kObjectLiteral:
        return list("", as<ObjectLiteral>().properties);
    case NodeKind::kFunctionExpression:
        return child("", as<FunctionExpression>().function);
    case NodeKind::kClassExpression:
        return child("", as<ClassExpression>().class_node);
    case NodeKind::kMemberExpression:
        name(as<MemberExpression>().name);
        flag(as<MemberExpression>().is_optional, "optional");
        return child("object", as<MemberExpression>().object);
    case NodeKind::kIndexExpression:
        flag(as<IndexExpression>().is_optional, "optional");
        child("object", as<IndexExpression>().object);
        return child("index", as<IndexExpression>().index);
    case NodeKind::kPrivateMemberExpression:
        flag(as<PrivateMemberExpression>().is_optional, "optional");
        child("object", as<PrivateMemberExpression>().object);
        return child("name", as<PrivateMemberExpression>().name);
    case NodeKind::kSuperMemberExpression:
        return name(as<SuperMemberExpression>().name);
    case NodeKind::kSuperIndexExpression:
        return child("index", as<SuperIndexExpression>().index);
    case NodeKind::kOptionalChain:
        return child("", as<OptionalChain>().expression);
    case NodeKind::kCallExpression:
        flag(as<CallExpression>().is_optional, "optional");
        flag(as<CallExpression>().may_be_direct_eval, "direct-eval");
        child("callee", as<CallExpression>().callee);
        return list("argument", as<CallExpression>().arguments);
    case NodeKind::kNewExpression:
        child("callee", as<NewExpression>().callee);
        return list("argument", as<NewExpression>().arguments);
    case NodeKind::kSuperCall:
        return list("argument", as<SuperCall>().arguments);
    case NodeKind::kUnaryExpression:
        op(text_of(as<UnaryExpression>().op));
        return child("", as<UnaryExpression>().operand);
    case NodeKind::kUpdateExpression:
        op(as<UpdateExpression>().is_increment ? "++" : "--");
        flag(as<UpdateExpression>().is_prefix, "prefix");
        return child("", as<UpdateExpression>().operand);
    case NodeKind::kBinaryExpression:
        child("", as<BinaryExpression>().first);
        for (const BinaryStep& step : as<BinaryExpression>().steps)
            child(text_of(step.op), step.right);
        return;
    case NodeKind::kLogicalExpression:
        op(text_of(as<LogicalExpression>().op));
        return list("", as<LogicalExpression>().operands);
    case NodeKind::kPrivateInExpression:
        child("name", as<PrivateInExpression>().name);
        return child("object", as<PrivateInExpression>().object);
    case NodeKind::kConditionalExpression:
        child("test", as<ConditionalExpression>().test);
        child("then", as<ConditionalExpression>().consequent);
        return child("else", as<ConditionalExpression>().alternate);
    case NodeKind::kAssignmentExpression:
        child("target", as<AssignmentExpression>().target);
        return child("value", as<AssignmentExpression>().value);
    case NodeKind::kCompoundAssignment:
        op(std::string(text_of(as<CompoundAssignment>().op)) + "=");
        child("target", as<CompoundAssignment>().target);
        return child("value", as<CompoundAssignment>().value);
    case NodeKind::kLogicalAssignment:
        op(std::string(text_of(as<LogicalAssignment>().op)) + "=");
        child("target", as<LogicalAssignment>().target);
        return child("value", as<LogicalAssignment>().value);
    case NodeKind::kSequenceExpression:
        return list("", as<SequenceExpression>().expressions);
    case NodeKind::kYieldExpression:
        flag(as<YieldExpression>().is_delegate, "delegate");
        return child("", as<YieldExpression>().argument);
    case NodeKind::kAwaitExpression:
        return child("", as<AwaitExpression>().argument);
    case NodeKind::kSpreadElement:
        return child("", as<SpreadElement>().argument);
    default:
        return; // null, this, new.target, import.meta: nothing but themselves
    }
}

void PartWalk::part() {
    switch (node_.kind) {
    case NodeKind::kArrayPattern:
        list("", as<ArrayPattern>().elements);
        return child("rest", as<ArrayPattern>().rest);
    case NodeKind::kObjectPattern:
        list("", as<ObjectPattern>().properties);
        return child("rest", as<ObjectPattern>().rest);
    case NodeKind::kPatternElement:
        child("target", as<PatternElement>().target);
        return child("initializer", as<PatternElement>().initializer);
    case NodeKind::kPatternProperty:
        flag(as<PatternProperty>().is_computed, "computed");
        child("key", as<PatternProperty>().key);
        return child("", as<PatternProperty>().element);
    case NodeKind::kPrivateIdentifier:
        return name(as<PrivateIdentifier>().name);
    case NodeKind::kObjectProperty:
        kind(text_of(as<ObjectProperty>().property_kind));
        flag(as<ObjectProperty>().is_computed, "computed");
        child("key", as<ObjectProperty>().key);
        return child("value", as<ObjectProperty>().value);
    case NodeKind::kFunctionNode: {
        auto& function = as<FunctionNode>();
        name(function.name);
        kind(text_of(function.function_kind));
        flag(function.is_async, "async");
        flag(function.is_generator, "generator");
        flag(function.is_strict, "strict");
        list("parameter", function.parameters);
        child("rest", function.rest_parameter);
        return list("body", function.body);
    }
    case NodeKind::kClassNode:
        child("name", as<ClassNode>().name);
        child("extends", as<ClassNode>().heritage);
        child("constructor", as<ClassNode>().constructor);
        return list("", as<ClassNode>().elements);
    case NodeKind::kClassElement:
        kind(text_of(as<ClassElement>().element_kind));
        flag(as<ClassElement>().is_static, "static");
        flag(as<ClassElement>().is_computed, "computed");
        child("key", as<ClassElement>().key);
        child("", as<ClassElement>().function);
        return child("initializer", as<ClassElement>().initializer);
    case NodeKind::kSwitchCase:
        flag(!as<SwitchCase>().test, "default");
        child("test", as<SwitchCase>().test);
        return list("", as<SwitchCase>().body);
    case NodeKind::kCatchClause:
        child("parameter", as<CatchClause>().parameter);
        return child("", as<CatchClause>().body);
    case NodeKind::kVariableDeclarator:
        child("target", as<VariableDeclarator>().target);
        return child("initializer", as<VariableDeclarator>().initializer);
    case NodeKind::kProgram: {
        auto& program = as<Program>();
        kind(program.program_kind == ProgramKind::kModule ? "module" : "script");
        flag(program.is_strict, "strict");
        flag(program.has_top_level_await, "top-level-await");
        for (const ModuleRequest& request : program.requests)
            quoted("request", request.specifier);
        return list("", program.function->body);
    }
    default:
        return;
    }
}

void PartWalk::statement() {
    switch (node_.kind) {
    case NodeKind::kBlockStatement:
        return list("", as<BlockStatement>().body);
    case NodeKind::kExpressionStatement:
        flag(as<ExpressionStatement>().is_directive, "directive");
        return child("", as<ExpressionStatement>().expression);
    case NodeKind::kVariableDeclaration:
        kind(text_of(as<VariableDeclaration>().declaration_kind));
        return list("", as<VariableDeclaration>().declarators);
    case NodeKind::kFunctionDeclaration:
        return child("", as<FunctionDeclaration>().function);
    case NodeKind::kClassDeclaration:
        return child("", as<ClassDeclaration>().class_node);
    case NodeKind::kIfStatement:
        child("test", as<IfStatement>().test);
        child("then", as<IfStatement>().consequent);
        return child("else", as<IfStatement>().alternate);
    case NodeKind::kWhileStatement:
        child("test", as<WhileStatement>().test);
        return child("body", as<WhileStatement>().body);
    case NodeKind::kDoWhileStatement:
        child("body", as<DoWhileStatement>().body);
        return child("test", as<DoWhileStatement>().test);
    case NodeKind::kForStatement:
        child("initializer", as<ForStatement>().initializer);
        child("test", as<ForStatement>().test);
        child("update", as<ForStatement>().update);
        return child("body", as<ForStatement>().body);
    case NodeKind::kForInStatement:
        child("left", as<ForInStatement>().left);
        child("right", as<ForInStatement>().right);
        return child("body", as<ForInStatement>().body);
    case NodeKind::kForOfStatement:
        flag(as<ForOfStatement>().is_await, "await");
        child("left", as<ForOfStatement>().left);
        child("right", as<ForOfStatement>().right);
        return child("body", as<ForOfStatement>().body);
    case NodeKind::kContinueStatement:
        return name(as<ContinueStatement>().label);
    case NodeKind::kBreakStatement:
        return name(as<BreakStatement>().label);
    case NodeKind::kReturnStatement:
        return child("", as<ReturnStatement>().argument);
    case NodeKind::kWithStatement:
        child("object", as<WithStatement>().object);
        return child("body", as<WithStatement>().body);
    case NodeKind::kSwitchStatement:
        child("discriminant", as<SwitchStatement>().discriminant);
        return list("", as<SwitchStatement>().cases);
    case NodeKind::kLabelledStatement:
        name(as<LabelledStatement>().label);
        return child("", as<LabelledStatement>().body);
    case NodeKind::kThrowStatement:
        return child("", as<ThrowStatement>().argument);
    case NodeKind::kTryStatement:
        child("block", as<TryStatement>().block);
        child("catch", as<TryStatement>().handler);
        return child("finally", as<TryStatement>().finalizer);
    case NodeKind::kExportDeclaration:
        return child("", as<ExportDeclaration>().declaration);
    case NodeKind::kExportDefaultDeclaration:
        return child("", as<ExportDefaultDeclaration>().declaration);
    default:
        return; // empty and debugger statements, imports
    }
}

void PartWalk::walk() {
    if (node_.is_expression()) return expression();
    if (node_.is_statement()) return statement();
    part();
}

class TreeDumper final : public PartVisitor {
public:
    explicit TreeDumper(const SourceText& source) : source_(source) {}

    void dump(std::string_view part, const Node* node) {
        out_ += std::string(static_cast<size_t>(depth_) * 2, ' ');
        if (!part.empty()) out_ += fmt::format("{}: ", part);
        if (!node) {
            out_ += "-\n";
            return;
        }
        out_ += node_kind_name(node->kind);
        // Facts go on the node's own line, children below it: two walks.
        facts_ = true;
        visit_parts(*node, *this);
        SourcePosition begin = source_.position_of(node->begin);
        SourcePosition end = source_.position_of(node->end);
        out_ += fmt::format(" [{}:{}-{}:{}]\n", begin.line, begin.column, end.line, end.column);
        facts_ = false;
        if (++depth_ < kMaxDepth)
            visit_parts(*node, *this);
        else
            out_ += "(nested too deeply)\n";
        facts_ = false;
        --depth_;
    }
    void fact(std::string_view name, std::string_view text) override {
        if (!facts_) return;
        out_ += name.empty() || name == "op" || name == "kind" || name == "value"
                    ? fmt::format(" {}", text)
                    : fmt::format(" {}={}", name, text);
    }
    void child(std::string_view name, const Node* node) override {
        if (!facts_) dump(name, node);
    }
    std::string take() { return std::move(out_); }

private:
    const SourceText& source_;
    std::string out_;
    int depth_ = 0;
    bool facts_ = false;
};

class AwaitFinder final : public PartVisitor {
public:
    void fact(std::string_view, std::string_view text) override { found |= in_for_of && text == "await"; }
    void child(std::string_view, const Node* node) override {
        if (!node || found || node->is<FunctionNode>() || depth_ == kMaxDepth) return;
        ++depth_;
        in_for_of = node->is<ForOfStatement>();
        found |= node->is<AwaitExpression>();
        if (auto* declaration = node->try_as<VariableDeclaration>())
            found |= declaration->declaration_kind == DeclarationKind::kAwaitUsing;
        visit_parts(*node, *this);
        --depth_;
    }
    bool found = false;
    bool in_for_of = false;

private:
    int depth_ = 0;
};

} // namespace

void visit_parts(const Node& node, PartVisitor& visitor) {
    PartWalk(node, visitor).walk();
}

std::string dump_tree(const Program& program, const SourceText& source) {
    TreeDumper dumper(source);
    dumper.dump("", &program);
    return dumper.take();
}

bool contains_await(const FunctionNode& function) {
    AwaitFinder finder;
    for (const Node* statement : function.body)
        finder.child("", statement);
    return finder.found;
}

} // namespace heddle::shell
