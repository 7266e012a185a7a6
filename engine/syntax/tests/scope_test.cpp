// What references resolve to, which variables are captured, and what instantiation needs to know.
#include "parsing.h"

#include <gtest/gtest.h>

namespace heddle {
namespace {

using test::function;
using test::script;
using test::statement;
using test::variable;

/// The identifier that is the n-th statement of a function.
Identifier* reference(FunctionNode* function, size_t index) {
    return function->body[index]->as<ExpressionStatement>()->expression->as<Identifier>();
}

TEST(Scope, ResolvesLocalsAndGlobals) {
    auto result = script("function f(a) { a; b; g; let b; } let g");
    FunctionNode* f = function(result, 0);
    EXPECT_EQ(reference(f, 0)->resolution.kind, ReferenceKind::kVariable);
    EXPECT_EQ(reference(f, 0)->resolution.variable->parameter_index, 0u);
    EXPECT_FALSE(reference(f, 0)->resolution.needs_tdz_check);
    EXPECT_TRUE(reference(f, 1)->resolution.needs_tdz_check);
    EXPECT_EQ(reference(f, 2)->resolution.kind, ReferenceKind::kGlobal);
    EXPECT_FALSE(f->scope->needs_environment);
}

TEST(Scope, CapturesWhatInnerFunctionsUse) {
    auto result = script("function f(a, b) { let c = 1; { let d; } return () => { c; a } }");
    FunctionNode* f = function(result, 0);
    EXPECT_TRUE(variable(f->scope, "a")->is_captured);
    EXPECT_FALSE(variable(f->scope, "b")->is_captured);
    EXPECT_TRUE(variable(f->scope, "c")->is_captured);
    EXPECT_EQ(variable(f->scope, "a")->slot, 0u);
    EXPECT_EQ(variable(f->scope, "c")->slot, 1u);
    EXPECT_EQ(f->scope->slot_count, 2u);
    EXPECT_TRUE(f->scope->needs_environment);
    auto* block = f->body[1]->as<BlockStatement>();
    ASSERT_NE(block->scope, nullptr);
    EXPECT_FALSE(block->scope->needs_environment);
    auto* arrow = f->body[2]->as<ReturnStatement>()->argument->as<FunctionExpression>()->function;
    // The arrow function stands after the initialization of c.
    EXPECT_FALSE(reference(arrow, 0)->resolution.needs_tdz_check);
    EXPECT_EQ(environment_hops(arrow->scope, f->scope), 0u);
}

TEST(Scope, ChecksInitializationWhereOrderIsUncertain) {
    auto result = script(
        "function f() { g(); let a = a; function g() { a } switch (1) { case 0: let b; case 1: b } a }");
    FunctionNode* f = function(result, 0);
    auto* declaration = f->body[1]->as<VariableDeclaration>();
    EXPECT_TRUE(declaration->declarators[0]->initializer->as<Identifier>()->resolution.needs_tdz_check);
    auto* g = f->body[2]->as<FunctionDeclaration>()->function;
    EXPECT_TRUE(reference(g, 0)->resolution.needs_tdz_check);
    auto* in_switch = f->body[3]->as<SwitchStatement>()->cases[1]->body[0]->as<ExpressionStatement>();
    EXPECT_TRUE(in_switch->expression->as<Identifier>()->resolution.needs_tdz_check);
    EXPECT_FALSE(reference(f, 4)->resolution.needs_tdz_check);
}

TEST(Scope, MakesSpecialVariablesOnDemand) {
    auto result = script("class A extends B { constructor() { (() => super())(); } m() { return this } }"
                         "function f() { return () => arguments } function g() { arguments }"
                         "function h() { 'use strict'; arguments } function i(arguments) { arguments }");
    auto* a = statement<ClassDeclaration>(result, 0)->class_node;
    ASSERT_NE(a->constructor->this_variable, nullptr);
    EXPECT_TRUE(a->constructor->this_variable->is_captured);
    EXPECT_TRUE(a->constructor->new_target_variable->is_captured);
    EXPECT_TRUE(a->constructor->active_function_variable->is_captured);
    EXPECT_FALSE(a->elements[0]->function->this_variable->is_captured);
    EXPECT_TRUE(function(result, 1)->arguments_variable->is_captured);
    EXPECT_FALSE(function(result, 2)->arguments_variable->is_captured);
    EXPECT_TRUE(function(result, 2)->has_mapped_arguments);
    EXPECT_FALSE(function(result, 3)->has_mapped_arguments);
    EXPECT_EQ(function(result, 4)->arguments_variable, nullptr);
}

TEST(Scope, SeparatesParametersWithExpressionsFromTheBody) {
    auto result = script("function f(a, b = () => a) { var a; var c; a }");
    FunctionNode* f = function(result, 0);
    ASSERT_NE(f->scope, f->body_scope);
    EXPECT_EQ(f->expected_argument_count, 1u);
    EXPECT_EQ(variable(f->body_scope, "a")->initial_value_from, variable(f->scope, "a"));
    EXPECT_EQ(variable(f->body_scope, "c")->initial_value_from, nullptr);
    EXPECT_TRUE(variable(f->scope, "a")->is_captured);
    EXPECT_FALSE(variable(f->body_scope, "a")->is_captured);
    EXPECT_EQ(reference(f, 2)->resolution.variable, variable(f->body_scope, "a"));
}

TEST(Scope, GivesUpNamesToWithAndEval) {
    auto result = script(
        "function f(a) { with (a) { b; a } } function g(c) { let d; eval('') } "
        "function h(e) { eval(''); return function () { x } } function i() { 'use strict'; eval(''); y }");
    FunctionNode* f = function(result, 0);
    auto* with = f->body[0]->as<WithStatement>();
    auto* block = with->body->as<BlockStatement>();
    EXPECT_EQ(block->body[0]->as<ExpressionStatement>()->expression->as<Identifier>()->resolution.kind,
              ReferenceKind::kDynamic);
    EXPECT_TRUE(variable(f->scope, "a")->is_captured);
    EXPECT_TRUE(with->scope->needs_environment);
    FunctionNode* g = function(result, 1);
    EXPECT_TRUE(g->contains_direct_eval);
    EXPECT_TRUE(g->scope->is_extensible_by_eval);
    EXPECT_TRUE(variable(g->scope, "c")->is_captured);
    EXPECT_TRUE(variable(g->scope, "d")->is_captured);
    EXPECT_NE(g->arguments_variable, nullptr);
    EXPECT_NE(g->this_variable, nullptr);
    auto* inner =
        function(result, 2)->body[1]->as<ReturnStatement>()->argument->as<FunctionExpression>()->function;
    EXPECT_EQ(reference(inner, 0)->resolution.kind, ReferenceKind::kDynamic);
    EXPECT_FALSE(inner->contains_direct_eval);
    FunctionNode* i = function(result, 3);
    EXPECT_FALSE(i->scope->is_extensible_by_eval);
    EXPECT_EQ(reference(i, 2)->resolution.kind, ReferenceKind::kGlobal);
}

TEST(Scope, HoistsFunctionsOfBlocksWhereAnnexBSays) {
    auto result = script("function f(p) { { function a() {} function p() {} } let b; { function b() {} }"
                         "{ let c; { function c() {} } } a; c; { function* d() {} } }");
    FunctionNode* f = function(result, 0);
    ASSERT_NE(variable(f->scope, "a"), nullptr);
    EXPECT_EQ(variable(f->scope, "a")->kind, VariableKind::kVar);
    EXPECT_EQ(variable(f->scope, "c"), nullptr);
    EXPECT_EQ(variable(f->scope, "d"), nullptr);
    auto* block = f->body[0]->as<BlockStatement>();
    EXPECT_EQ(block->scope->functions.size(), 2u);
    EXPECT_EQ(block->body[0]->as<FunctionDeclaration>()->annex_b_target.kind, ReferenceKind::kVariable);
    EXPECT_EQ(block->body[1]->as<FunctionDeclaration>()->annex_b_target.kind, ReferenceKind::kUnresolved);
}

TEST(Scope, ListsWhatProgramsDeclare) {
    auto result = script(
        "var a, b; function b() {} function c() {} function c() {} let d; class e {} { function g() {} }");
    Program* program = result.program;
    ASSERT_EQ(program->var_names.size(), 1u);
    EXPECT_TRUE(program->var_names[0]->equals("a"));
    ASSERT_EQ(program->functions.size(), 2u);
    EXPECT_TRUE(program->functions[1].name->equals("c"));
    EXPECT_EQ(program->functions[1].declaration, statement<FunctionDeclaration>(result, 3));
    EXPECT_EQ(program->lexical.size(), 2u);
    EXPECT_EQ(program->annex_b_functions.size(), 1u);

    EvalContext direct{.is_direct = true};
    auto eval = test::eval("var a = 1; let b; a; b; function c() {}", direct);
    ASSERT_EQ(test::outcome(eval), "ok");
    EXPECT_EQ(eval.program->var_names.size(), 1u);
    EXPECT_EQ(eval.program->functions.size(), 1u);
    EXPECT_EQ(reference(eval.program->function, 2)->resolution.kind, ReferenceKind::kDynamic);
    EXPECT_EQ(reference(eval.program->function, 3)->resolution.kind, ReferenceKind::kVariable);
    auto strict = test::eval("'use strict'; var a = 1; a", direct);
    EXPECT_EQ(strict.program->var_names.size(), 0u);
    EXPECT_EQ(reference(strict.program->function, 2)->resolution.kind, ReferenceKind::kVariable);
}

TEST(Scope, KeepsTheNamesOfLoopsApart) {
    auto result = script(
        "function f() { for (let x of x) ; for (const y of []) () => y; for (let i = 0; ; ) () => i }");
    FunctionNode* f = function(result, 0);
    auto* first = f->body[0]->as<ForOfStatement>();
    ASSERT_NE(first->head_scope, nullptr);
    EXPECT_EQ(first->right->as<Identifier>()->resolution.variable->scope, first->head_scope);
    EXPECT_TRUE(first->right->as<Identifier>()->resolution.needs_tdz_check);
    auto* second = f->body[1]->as<ForOfStatement>();
    EXPECT_EQ(second->head_scope, nullptr);
    EXPECT_TRUE(second->scope->needs_environment);
    EXPECT_TRUE(f->body[2]->as<ForStatement>()->scope->needs_environment);
}

TEST(Scope, NamesFunctionExpressionsAndClassesInside) {
    auto result = script("(function f() { f }); (function g() {}); (class A { static m() { A } [k] = 1; #p; "
                         "q() { this.#p } });"
                         "(class B {})");
    auto* f = statement<ExpressionStatement>(result, 0)->expression->as<FunctionExpression>()->function;
    ASSERT_NE(f->name_scope, nullptr);
    EXPECT_EQ(reference(f, 0)->resolution.variable->kind, VariableKind::kFunctionName);
    EXPECT_EQ(
        statement<ExpressionStatement>(result, 1)->expression->as<FunctionExpression>()->function->name_scope,
        nullptr);
    auto* a = statement<ExpressionStatement>(result, 2)->expression->as<ClassExpression>()->class_node;
    ASSERT_NE(a->inner_name, nullptr);
    ASSERT_NE(a->elements[1]->computed_key, nullptr);
    EXPECT_TRUE(a->elements[1]->computed_key->is_captured);
    EXPECT_EQ(variable(a->scope, "#p")->kind, VariableKind::kPrivateName);
    EXPECT_NE(a->instance_initializer, nullptr);
    EXPECT_EQ(a->static_initializer, nullptr);
    EXPECT_EQ(statement<ExpressionStatement>(result, 3)->expression->as<ClassExpression>()->class_node->scope,
              nullptr);
}

} // namespace
} // namespace heddle
