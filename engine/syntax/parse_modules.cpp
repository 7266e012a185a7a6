// 16.2 Modules: import and export declarations and the tables made of them.
#include "syntax/parser_impl.h"

#include <fmt/format.h>

namespace heddle {

// ModuleBody
bool Parser::parse_module_items(ArenaVector<Statement*>& body) {
    while (!at(TokenKind::kEnd)) {
        Statement* item;
        if (at(TokenKind::kImport) && peek().kind != TokenKind::kLeftParen && peek().kind != TokenKind::kDot)
            item = PARSED(parse_import());
        else if (at(TokenKind::kExport))
            item = PARSED(parse_export());
        else
            item = PARSED(parse_list_item());
        body.push(arena_, item);
    }
    return !failed_;
}

// WithClause : with { key: "value", … }
bool Parser::parse_attributes(ArenaVector<ImportAttribute>& attributes) {
    if (!take(TokenKind::kWith)) return true;
    REQUIRE(expect(TokenKind::kLeftBrace));
    while (!at(TokenKind::kRightBrace)) {
        Token key = token_;
        if (!key.string || key.kind == TokenKind::kBigInt || key.kind == TokenKind::kTemplate ||
            key.kind == TokenKind::kPrivateName || key.kind == TokenKind::kError)
            return unexpected("the name of an import attribute");
        for (const ImportAttribute& attribute : attributes)
            if (attribute.key == key.string)
                return fail_at(key, fmt::format("Import attribute '{}' occurs twice", key.string->short_utf8()));
        next();
        REQUIRE(expect(TokenKind::kColon));
        if (!at(TokenKind::kString)) return unexpected("a string as the value of an import attribute");
        attributes.push(arena_, {key.string, token_.string});
        next();
        if (!at(TokenKind::kComma)) break;
        next();
    }
    return expect(TokenKind::kRightBrace);
}

// FromClause WithClause(opt), or ModuleSpecifier WithClause(opt) of a bare import. At the specifier.
bool Parser::parse_from_clause(ImportPhase phase, uint32_t& request) {
    if (!at(TokenKind::kString)) return unexpected("the module specifier as a string");
    Token specifier = token_;
    next();
    ArenaVector<ImportAttribute> attributes;
    REQUIRE(parse_attributes(attributes));
    // 16.2.1.3 ModuleRequestsEqual: equal requests are made once.
    for (uint32_t i = 0; i < requests_.size(); i++) {
        const ModuleRequest& other = requests_[i];
        if (other.specifier != specifier.string || other.phase != phase ||
            other.attributes.size() != attributes.size())
            continue;
        bool equal = true;
        for (const ImportAttribute& attribute : attributes) {
            bool found = false;
            for (const ImportAttribute& candidate : other.attributes)
                found |= candidate.key == attribute.key && candidate.value == attribute.value;
            equal &= found;
        }
        if (equal) {
            request = i;
            return true;
        }
    }
    request = requests_.size();
    requests_.push(arena_, {specifier.string, list(attributes), phase, specifier.begin});
    return true;
}

// ModuleExportName : IdentifierName | StringLiteral. Hands out its token.
const AstString* Parser::parse_module_export_name(Token& token) {
    token = token_;
    if (!token.string || token.kind == TokenKind::kBigInt || token.kind == TokenKind::kTemplate ||
        token.kind == TokenKind::kPrivateName || token.kind == TokenKind::kError)
        return unexpected("a name or a string");
    if (token.kind == TokenKind::kString && !token.string->is_well_formed())
        return fail_at(token, "A module export name cannot contain lone surrogates");
    next();
    return token.string;
}

// 16.2.2 Imports. At `import`.
Statement* Parser::parse_import() {
    auto* node = make<ImportDeclaration>(token_.begin);
    next();
    uint32_t request = 0;
    if (at(TokenKind::kString)) {
        REQUIRE(parse_from_clause(ImportPhase::kEvaluation, request));
        REQUIRE(consume_semicolon());
        return finish(node);
    }
    ImportPhase phase = ImportPhase::kEvaluation;
    if (at_word(TokenKind::kDefer) && peek().kind == TokenKind::kStar) {
        phase = ImportPhase::kDefer;
        next();
    } else if (at_word(TokenKind::kSource) && peek().kind == TokenKind::kIdentifier) {
        bool is_source = true;
        if (peek().is_word(TokenKind::kFrom)) {
            // `import source from "m"` imports a default binding called source.
            uint32_t position = lexer_.position();
            Token third;
            lexer_.next(third);
            lexer_.set_position(position);
            is_source = third.is_word(TokenKind::kFrom);
        }
        if (is_source) {
            phase = ImportPhase::kSource;
            next();
        }
    }
    uint32_t first = imports_.size();
    auto add = [&](ImportNameKind kind, const AstString* import_name, Identifier* local) {
        imports_.push(arena_, {0, kind, import_name, local->name, nullptr, local->begin});
    };
    bool more = true;
    if (token_.kind == TokenKind::kIdentifier || token_.kind == TokenKind::kEscapedKeyword) {
        Identifier* local = PARSED(parse_binding_identifier(BindingUse::kLexical));
        if (phase == ImportPhase::kSource) {
            add(ImportNameKind::kSource, nullptr, local);
            more = false;
        } else {
            add(ImportNameKind::kName, strings_.intern("default"), local);
            more = take(TokenKind::kComma);
        }
    }
    if (more) {
        if (take(TokenKind::kStar)) {
            if (!at_word(TokenKind::kAs)) return unexpected("'as' after '*'");
            next();
            Identifier* local = PARSED(parse_binding_identifier(BindingUse::kLexical));
            add(ImportNameKind::kNamespace, nullptr, local);
        } else if (phase != ImportPhase::kEvaluation) {
            return unexpected("a binding of this import phase");
        } else if (take(TokenKind::kLeftBrace)) {
            while (!at(TokenKind::kRightBrace)) {
                if (at_word(TokenKind::kAs) || peek().is_word(TokenKind::kAs) || at(TokenKind::kString)) {
                    Token name;
                    bool was_as_alone = at_word(TokenKind::kAs) && !peek().is_word(TokenKind::kAs);
                    if (!was_as_alone) {
                        const AstString* import_name = PARSED(parse_module_export_name(name));
                        if (!at_word(TokenKind::kAs)) return unexpected("'as' and a local name");
                        next();
                        Identifier* local = PARSED(parse_binding_identifier(BindingUse::kLexical));
                        add(ImportNameKind::kName, import_name, local);
                        if (!at(TokenKind::kComma)) break;
                        next();
                        continue;
                    }
                }
                Identifier* local = PARSED(parse_binding_identifier(BindingUse::kLexical));
                add(ImportNameKind::kName, local->name, local);
                if (!at(TokenKind::kComma)) break;
                next();
            }
            REQUIRE(expect(TokenKind::kRightBrace));
        } else {
            return unexpected("a binding, '*' or '{' after 'import'");
        }
    }
    if (!at_word(TokenKind::kFrom)) return unexpected("'from'");
    next();
    REQUIRE(parse_from_clause(phase, request));
    for (uint32_t i = first; i < imports_.size(); i++)
        imports_[i].request = request;
    REQUIRE(consume_semicolon());
    return finish(node);
}

bool Parser::add_export_name(const AstString* name, uint32_t begin, uint32_t end) {
    for (const AstString* other : export_names_)
        if (other == name) return fail(begin, end, fmt::format("Duplicate export of '{}'", name->short_utf8()));
    export_names_.push(arena_, name);
    return true;
}

// Exports every name that a declaration's target binds; errors show up as failed_.
void Parser::add_bound_names(Node* target) {
    switch (target->kind) {
    case NodeKind::kIdentifier: {
        auto* name = target->as<Identifier>();
        if (add_export_name(name->name, name->begin, name->end))
            pending_exports_.push(arena_, {name->name, name->name, name->begin});
        break;
    }
    case NodeKind::kArrayPattern: {
        auto* pattern = target->as<ArrayPattern>();
        for (PatternElement* element : pattern->elements)
            if (element) add_bound_names(element->target);
        if (pattern->rest) add_bound_names(pattern->rest);
        break;
    }
    case NodeKind::kObjectPattern: {
        auto* pattern = target->as<ObjectPattern>();
        for (PatternProperty* property : pattern->properties)
            add_bound_names(property->element->target);
        if (pattern->rest) add_bound_names(pattern->rest);
        break;
    }
    default:
        HEDDLE_UNREACHABLE();
    }
}

// 16.2.3 Exports. At `export`.
Statement* Parser::parse_export() {
    uint32_t begin = token_.begin;
    next();
    if (at(TokenKind::kDefault)) {
        Token word = token_;
        REQUIRE(add_export_name(word.string, word.begin, word.end));
        auto* node = make<ExportDefaultDeclaration>(begin);
        next();
        const AstString* local_name = strings_.intern("*default*");
        if (at(TokenKind::kFunction) ||
            (at_word(TokenKind::kAsync) && peek().kind == TokenKind::kFunction && !peek().newline_before)) {
            FunctionDeclaration* declaration = PARSED(parse_function_declaration(true));
            if (declaration->name) local_name = declaration->name->name;
            node->declaration = declaration;
        } else if (at(TokenKind::kClass)) {
            auto* declaration = make<ClassDeclaration>(token_.begin);
            declaration->class_node = PARSED(parse_class(false));
            if (declaration->class_node->name) local_name = declaration->class_node->name->name;
            node->declaration = finish(declaration);
        } else {
            node->declaration = PARSED(parse_assignment(true));
            REQUIRE(consume_semicolon());
        }
        pending_exports_.push(arena_, {word.string, local_name, word.begin});
        return finish(node);
    }

    auto* node = make<ExportDeclaration>(begin);
    uint32_t request = 0;
    if (take(TokenKind::kStar)) {
        const AstString* name = nullptr;
        Token name_token;
        if (at_word(TokenKind::kAs)) {
            next();
            name = PARSED(parse_module_export_name(name_token));
            REQUIRE(add_export_name(name, name_token.begin, name_token.end));
        }
        if (!at_word(TokenKind::kFrom)) return unexpected("'from'");
        next();
        REQUIRE(parse_from_clause(ImportPhase::kEvaluation, request));
        if (name)
            indirect_exports_.push(arena_, {name, request, nullptr, name_token.begin});
        else
            star_exports_.push(arena_, {request, begin});
        REQUIRE(consume_semicolon());
        return finish(node);
    }
    if (take(TokenKind::kLeftBrace)) {
        struct Specifier {
            Token local;
            const AstString* export_name;
        };
        ArenaVector<Specifier> specifiers;
        while (!at(TokenKind::kRightBrace)) {
            Specifier specifier;
            specifier.export_name = PARSED(parse_module_export_name(specifier.local));
            Token exported = specifier.local;
            if (at_word(TokenKind::kAs)) {
                next();
                specifier.export_name = PARSED(parse_module_export_name(exported));
            }
            REQUIRE(add_export_name(specifier.export_name, exported.begin, exported.end));
            specifiers.push(arena_, specifier);
            if (!at(TokenKind::kComma)) break;
            next();
        }
        REQUIRE(expect(TokenKind::kRightBrace));
        if (at_word(TokenKind::kFrom)) {
            next();
            REQUIRE(parse_from_clause(ImportPhase::kEvaluation, request));
            for (Specifier& specifier : specifiers)
                indirect_exports_.push(
                    arena_, {specifier.export_name, request, specifier.local.string, specifier.local.begin});
        } else {
            for (Specifier& specifier : specifiers) {
                if (specifier.local.kind != TokenKind::kIdentifier)
                    return fail_at(
                        specifier.local,
                        fmt::format("{} is no name of this module: only 'export … from' can pass it on",
                                    describe(specifier.local)));
                REQUIRE(check_identifier(specifier.local));
                pending_exports_.push(arena_,
                                      {specifier.export_name, specifier.local.string, specifier.local.begin});
            }
        }
        REQUIRE(consume_semicolon());
        return finish(node);
    }
    switch (token_.kind) {
    case TokenKind::kVar:
        node->declaration = PARSED(parse_statement());
        break;
    case TokenKind::kConst:
    case TokenKind::kClass:
    case TokenKind::kFunction:
        node->declaration = PARSED(parse_list_item());
        break;
    default:
        if (at_let_declaration() ||
            (at_word(TokenKind::kAsync) && peek().kind == TokenKind::kFunction && !peek().newline_before)) {
            node->declaration = PARSED(parse_list_item());
            break;
        }
        return unexpected("a declaration, 'default', '*' or '{' after 'export'");
    }
    if (auto* variables = node->declaration->try_as<VariableDeclaration>()) {
        for (VariableDeclarator* declarator : variables->declarators)
            add_bound_names(declarator->target);
    } else if (auto* function = node->declaration->try_as<FunctionDeclaration>()) {
        add_bound_names(function->name);
    } else {
        add_bound_names(node->declaration->as<ClassDeclaration>()->class_node->name);
    }
    if (failed_) return nullptr;
    return finish(node);
}

// The tables of 16.2.1.7.1 ParseModule, steps 4 to 10. Variables are filled in by the analysis.
bool Parser::finish_module(Program* program) {
    for (const PendingExport& pending : pending_exports_) {
        const ImportEntry* imported = nullptr;
        for (const ImportEntry& entry : imports_)
            if (entry.local_name == pending.local_name) imported = &entry;
        if (imported && imported->name_kind == ImportNameKind::kName)
            indirect_exports_.push(
                arena_, {pending.export_name, imported->request, imported->import_name, pending.offset});
        else
            local_exports_.push(arena_, {pending.export_name, pending.local_name, nullptr, pending.offset});
    }
    program->requests = list(requests_);
    program->imports = list(imports_);
    program->local_exports = list(local_exports_);
    program->indirect_exports = list(indirect_exports_);
    program->star_exports = list(star_exports_);
    return true;
}

} // namespace heddle
