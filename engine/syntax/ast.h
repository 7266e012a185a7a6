// The syntax tree. Plain structs in an arena, valid as long as the ParseResult that holds the arena.
// Chains are flat where programs make them long (a + b - c, a && b && c, a, b, c); member and call chains are
// left-deep, so consumers must loop along `object` and `callee` or guard their recursion.
#pragma once

#include "syntax/scope.h"

namespace heddle {

enum class NodeKind : uint8_t {
#define NODE(name) k##name,
#include "syntax/nodes.def"
};

const char* node_kind_name(NodeKind kind);

struct Node {
    NodeKind kind;
    /// Expressions: written in parentheses. `(x) = function () {}` names nothing; `(a?.b).c` ends the chain.
    bool is_parenthesized = false;
    uint32_t begin = 0; ///< offset of the first code unit
    uint32_t end = 0;   ///< offset past the last

    explicit Node(NodeKind k) : kind(k) {}

    template<class T>
    bool is() const {
        return kind == T::kKind;
    }
    template<class T>
    T* as() {
        HEDDLE_ASSERT(kind == T::kKind);
        return static_cast<T*>(this);
    }
    template<class T>
    const T* as() const {
        HEDDLE_ASSERT(kind == T::kKind);
        return static_cast<const T*>(this);
    }
    template<class T>
    T* try_as() {
        return kind == T::kKind ? static_cast<T*>(this) : nullptr;
    }
    template<class T>
    const T* try_as() const {
        return kind == T::kKind ? static_cast<const T*>(this) : nullptr;
    }
    bool is_expression() const { return kind <= NodeKind::kSpreadElement; }
    bool is_pattern() const { return kind == NodeKind::kArrayPattern || kind == NodeKind::kObjectPattern; }
    bool is_statement() const { return kind >= NodeKind::kBlockStatement; }
};

struct Expression : Node {
    using Node::Node;
};
struct Statement : Node {
    using Node::Node;
};

#define HEDDLE_NODE(Name, Base)                                                                              \
    static constexpr NodeKind kKind = NodeKind::k##Name;                                                     \
    Name() : Base(kKind) {}

struct BlockStatement;
struct ClassNode;
struct VariableDeclaration;

// ---- Expressions
// --------------------------------------------------------------------------------------------

/// A reference, or in declarations and binding patterns the name that is bound (`resolution` then says where
/// the value goes; it is an initialization unless the declaration is `var`).
struct Identifier : Expression {
    HEDDLE_NODE(Identifier, Expression)
    const AstString* name = nullptr;
    Resolution resolution;
};

struct NullLiteral : Expression {
    HEDDLE_NODE(NullLiteral, Expression)
};

struct BooleanLiteral : Expression {
    HEDDLE_NODE(BooleanLiteral, Expression)
    bool value = false;
};

struct NumericLiteral : Expression {
    HEDDLE_NODE(NumericLiteral, Expression)
    double value = 0;
};

struct BigIntLiteral : Expression {
    HEDDLE_NODE(BigIntLiteral, Expression)
    /// Digits without separators and without the n; with a lower-case 0x, 0o or 0b prefix if not decimal.
    const AstString* digits = nullptr;
};

struct StringLiteral : Expression {
    HEDDLE_NODE(StringLiteral, Expression)
    const AstString* value = nullptr;
};

struct RegExpLiteral : Expression {
    HEDDLE_NODE(RegExpLiteral, Expression)
    const AstString* pattern = nullptr;
    const AstString* flags = nullptr;
};

/// `cooked` and `raw` have one element more than `expressions`.
struct TemplateLiteral : Expression {
    HEDDLE_NODE(TemplateLiteral, Expression)
    /// An element is null (undefined) for an invalid escape, in tagged templates only.
    NodeList<const AstString*> cooked;
    NodeList<const AstString*> raw;
    NodeList<Expression*> expressions;
};

struct TaggedTemplate : Expression {
    HEDDLE_NODE(TaggedTemplate, Expression)
    Expression* tag = nullptr; ///< a member expression makes its object the this value
    TemplateLiteral* quasi = nullptr;
};

struct ThisExpression : Expression {
    HEDDLE_NODE(ThisExpression, Expression)
    Resolution resolution;
};

struct NewTarget : Expression {
    HEDDLE_NODE(NewTarget, Expression)
    Resolution resolution;
};

struct ImportMeta : Expression {
    HEDDLE_NODE(ImportMeta, Expression)
};

enum class ImportPhase : uint8_t { kEvaluation, kDefer, kSource };

struct ImportCall : Expression {
    HEDDLE_NODE(ImportCall, Expression)
    Expression* specifier = nullptr;
    Expression* options = nullptr; ///< may be null
    ImportPhase phase = ImportPhase::kEvaluation;
};

struct ArrayLiteral : Expression {
    HEDDLE_NODE(ArrayLiteral, Expression)
    NodeList<Expression*> elements;  ///< null is a hole; SpreadElement possible
    bool has_trailing_comma = false; ///< parser's use
};

enum class PropertyKind : uint8_t {
    kValue,     ///< key: value. Anonymous functions take the key as name
    kShorthand, ///< x; `value` is an Identifier
    kMethod,    ///< `value` is a FunctionExpression (plain, generator, async)
    kGetter,
    kSetter,
    kSpread,               ///< ...value, no key
    kPrototype,            ///< __proto__: value, sets the prototype; never names a function
    kCoverInitializedName, ///< x = value: parser's use only, never in a finished tree
};

/// Keys, here and in classes and patterns: unless computed a StringLiteral (also for identifier names),
/// NumericLiteral, BigIntLiteral or (classes) PrivateIdentifier.
struct ObjectProperty : Node {
    HEDDLE_NODE(ObjectProperty, Node)
    PropertyKind property_kind = PropertyKind::kValue;
    bool is_computed = false;
    Node* key = nullptr;
    Expression* value = nullptr;
};

struct ObjectLiteral : Expression {
    HEDDLE_NODE(ObjectLiteral, Expression)
    NodeList<ObjectProperty*> properties;
    bool has_trailing_comma = false; ///< parser's use
};

/// Function expressions, arrow functions, methods.
struct FunctionExpression : Expression {
    HEDDLE_NODE(FunctionExpression, Expression)
    FunctionNode* function = nullptr;
};

struct ClassExpression : Expression {
    HEDDLE_NODE(ClassExpression, Expression)
    ClassNode* class_node = nullptr;
};

/// object.name, or object?.name when is_optional (then inside an OptionalChain).
struct MemberExpression : Expression {
    HEDDLE_NODE(MemberExpression, Expression)
    Expression* object = nullptr;
    const AstString* name = nullptr;
    bool is_optional = false;
    uint32_t name_begin = 0;
};

struct IndexExpression : Expression {
    HEDDLE_NODE(IndexExpression, Expression)
    Expression* object = nullptr;
    Expression* index = nullptr;
    bool is_optional = false;
};

/// #name, in member expressions, `in` and as a class element's key; refers to a kPrivateName variable.
/// kDynamic in eval code: by name (with the #) through the environments.
struct PrivateIdentifier : Node {
    HEDDLE_NODE(PrivateIdentifier, Node)
    const AstString* name = nullptr; ///< with the leading #
    Resolution resolution;
};

struct PrivateMemberExpression : Expression {
    HEDDLE_NODE(PrivateMemberExpression, Expression)
    Expression* object = nullptr;
    PrivateIdentifier* name = nullptr;
    bool is_optional = false;
};

/// super.name
struct SuperMemberExpression : Expression {
    HEDDLE_NODE(SuperMemberExpression, Expression)
    const AstString* name = nullptr;
    Resolution this_resolution;
    Resolution function_resolution; ///< the function whose home object counts
};

/// super[index]
struct SuperIndexExpression : Expression {
    HEDDLE_NODE(SuperIndexExpression, Expression)
    Expression* index = nullptr;
    Resolution this_resolution;
    Resolution function_resolution;
};

/// The extent of one optional chain: where an is_optional link inside finds null or undefined, the whole is
/// undefined.
struct OptionalChain : Expression {
    HEDDLE_NODE(OptionalChain, Expression)
    Expression* expression = nullptr;
};

/// What eval code at a place may contain; handed to parse_eval through the Code that holds the call.
struct EvalPermissions {
    bool new_target = false;
    bool super_property = false;
    bool super_call = false;
    bool in_class_field_initializer = false; ///< `arguments` is an early error

    friend bool operator==(const EvalPermissions&, const EvalPermissions&) = default;
};

struct CallExpression : Expression {
    HEDDLE_NODE(CallExpression, Expression)
    Expression* callee = nullptr;    ///< Identifier, member kinds and OptionalChain may supply a this value
    NodeList<Expression*> arguments; ///< SpreadElement possible
    bool is_optional = false;
    /// Callee is the identifier eval and no `?.`: a direct eval if it is %eval% at run time.
    bool may_be_direct_eval = false;
    EvalPermissions eval_permissions;
};

struct NewExpression : Expression {
    HEDDLE_NODE(NewExpression, Expression)
    Expression* callee = nullptr;
    NodeList<Expression*> arguments;
};

struct SuperCall : Expression {
    HEDDLE_NODE(SuperCall, Expression)
    NodeList<Expression*> arguments;
    Resolution this_resolution; ///< is initialized by the call (throws if it was)
    Resolution new_target_resolution;
    Resolution function_resolution; ///< its [[GetPrototypeOf]] is the constructor; its fields get initialized
};

enum class UnaryOperator : uint8_t { kDelete, kVoid, kTypeof, kPlus, kMinus, kBitNot, kNot };

struct UnaryExpression : Expression {
    HEDDLE_NODE(UnaryExpression, Expression)
    UnaryOperator op = UnaryOperator::kVoid;
    Expression* operand = nullptr;
};

struct UpdateExpression : Expression {
    HEDDLE_NODE(UpdateExpression, Expression)
    bool is_increment = true;
    bool is_prefix = false;
    /// Identifier, a member kind, or (sloppy code) a CallExpression: call it, then throw a ReferenceError.
    Expression* operand = nullptr;
};

enum class BinaryOperator : uint8_t {
    kAdd,
    kSubtract,
    kMultiply,
    kDivide,
    kRemainder,
    kExponentiate,
    kShiftLeft,
    kShiftRight,
    kShiftRightUnsigned,
    kBitAnd,
    kBitOr,
    kBitXor,
    kEqual,
    kNotEqual,
    kStrictEqual,
    kStrictNotEqual,
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kInstanceof,
    kIn,
};

struct BinaryStep {
    BinaryOperator op;
    uint32_t op_begin; ///< offset of the operator
    Expression* right;
};

/// ((first op0 right0) op1 right1) …: one precedence level, left to right, at least one step. `**` has
/// exactly one.
struct BinaryExpression : Expression {
    HEDDLE_NODE(BinaryExpression, Expression)
    Expression* first = nullptr;
    NodeList<BinaryStep> steps;
};

enum class LogicalOperator : uint8_t { kAnd, kOr, kCoalesce };

/// operand0 op operand1 op …; at least two.
struct LogicalExpression : Expression {
    HEDDLE_NODE(LogicalExpression, Expression)
    LogicalOperator op = LogicalOperator::kAnd;
    NodeList<Expression*> operands;
};

/// #name in object
struct PrivateInExpression : Expression {
    HEDDLE_NODE(PrivateInExpression, Expression)
    PrivateIdentifier* name = nullptr;
    Expression* object = nullptr;
};

struct ConditionalExpression : Expression {
    HEDDLE_NODE(ConditionalExpression, Expression)
    Expression* test = nullptr;
    Expression* consequent = nullptr;
    Expression* alternate = nullptr;
};

/// target = value
struct AssignmentExpression : Expression {
    HEDDLE_NODE(AssignmentExpression, Expression)
    /// Identifier, a member kind, ArrayPattern, ObjectPattern, or (sloppy code) a CallExpression: call it,
    /// then throw a ReferenceError before the value is evaluated.
    Node* target = nullptr;
    Expression* value = nullptr;
};

/// target op= value; same targets without patterns
struct CompoundAssignment : Expression {
    HEDDLE_NODE(CompoundAssignment, Expression)
    BinaryOperator op = BinaryOperator::kAdd;
    Expression* target = nullptr;
    Expression* value = nullptr;
};

/// target &&= value, target ||= value, target ??= value
struct LogicalAssignment : Expression {
    HEDDLE_NODE(LogicalAssignment, Expression)
    LogicalOperator op = LogicalOperator::kAnd;
    Expression* target = nullptr;
    Expression* value = nullptr;
};

struct SequenceExpression : Expression {
    HEDDLE_NODE(SequenceExpression, Expression)
    NodeList<Expression*> expressions;
};

struct YieldExpression : Expression {
    HEDDLE_NODE(YieldExpression, Expression)
    Expression* argument = nullptr; ///< null: undefined
    bool is_delegate = false;       ///< yield*
};

struct AwaitExpression : Expression {
    HEDDLE_NODE(AwaitExpression, Expression)
    Expression* argument = nullptr;
};

/// ...argument in array literals and argument lists.
struct SpreadElement : Expression {
    HEDDLE_NODE(SpreadElement, Expression)
    Expression* argument = nullptr;
};

// ---- Patterns and parts
// -------------------------------------------------------------------------------------

/// One place of a pattern or of a parameter list: target [= initializer].
struct PatternElement : Node {
    HEDDLE_NODE(PatternElement, Node)
    /// Identifier, ArrayPattern, ObjectPattern; in assignment patterns also a member kind, or (sloppy)
    /// CallExpression.
    Node* target = nullptr;
    Expression* initializer = nullptr; ///< may be null
};

struct ArrayPattern : Node {
    HEDDLE_NODE(ArrayPattern, Node)
    NodeList<PatternElement*> elements; ///< null is a hole
    Node* rest = nullptr;               ///< target of ...rest, may be null
};

struct PatternProperty : Node {
    HEDDLE_NODE(PatternProperty, Node)
    bool is_computed = false;
    Node* key = nullptr; ///< as in ObjectProperty
    PatternElement* element = nullptr;
};

struct ObjectPattern : Node {
    HEDDLE_NODE(ObjectPattern, Node)
    NodeList<PatternProperty*> properties;
    Node* rest = nullptr; ///< target of ...rest, may be null
};

enum class FunctionKind : uint8_t {
    kNormal,
    kArrow, ///< no own this, arguments, super, new.target
    kMethod,
    kGetter,
    kSetter,
    kClassConstructor,
    kDerivedConstructor,
    kFieldInitializer, ///< synthetic: runs the instance or the static elements of `class_node` with this set
    kStaticBlock,      ///< static { }: called once with this = the class
    kScript,           ///< roots: the code of a Program
    kModule,
    kEval,
};

struct FunctionNode : Node {
    HEDDLE_NODE(FunctionNode, Node)
    FunctionKind function_kind = FunctionKind::kNormal;
    bool is_async = false;
    bool is_generator = false;
    bool is_strict = false;
    bool has_simple_parameters = true;
    /// Some parameter has an initializer or computed key: variables of the body have a scope of their own.
    bool has_parameter_expressions = false;
    /// Arrow function whose body is an expression; `body` is then one ReturnStatement.
    bool has_expression_body = false;
    bool contains_direct_eval =
        false;              ///< in this function itself, not in inner non-arrow functions; arrows count
    bool uses_this = false; ///< this, super or direct eval occurs here, or in arrows inside
    bool uses_super_property = false; ///< so too; needs a home object
    bool uses_super_call = false;
    bool uses_new_target = false;
    bool uses_arguments = false;
    /// An arguments object is made and it is mapped: sloppy, simple parameters. All parameters are then
    /// captured.
    bool has_mapped_arguments = false;
    bool contains_await = false; ///< modules: has top-level await (also for await and await using)
    bool contains_yield = false;
    bool is_declaration = false; ///< hoisted: may run before its place in the text
    /// Field initializers: for the static elements (else for the instance's).
    bool is_static_initializer = false;

    const AstString* name =
        nullptr; ///< declared name; null for anonymous ones (naming is up to the consumer)
    NodeList<PatternElement*> parameters;
    Node* rest_parameter = nullptr;       ///< target of ...rest, may be null
    uint32_t expected_argument_count = 0; ///< "length"
    NodeList<Statement*> body;
    /// Offset past the parameters' closing parenthesis (arrows: where the => begins).
    uint32_t parameters_end = 0;
    uint32_t body_begin = 0;
    uint32_t body_end = 0;
    // `begin` and `end` are what toString shows (methods: from the key or its modifiers on).

    ClassNode* class_node = nullptr; ///< constructors, field initializers and static blocks
    FunctionNode* parent = nullptr;  ///< the function whose code contains this one

    /// Own name of a named function expression; null when nothing refers to it.
    Scope* name_scope = nullptr;
    Scope* scope = nullptr; ///< kFunction, kScript, kModule or kEval
    /// Variable scope of the body: equals `scope` unless has_parameter_expressions.
    Scope* body_scope = nullptr;

    // Non-null when needed by this function or by arrows or eval inside; declared in `scope`.
    Variable* this_variable = nullptr;
    Variable* new_target_variable = nullptr;
    Variable* active_function_variable = nullptr;
    Variable* arguments_variable = nullptr; ///< an arguments object must be made

    bool is_arrow() const { return function_kind == FunctionKind::kArrow; }
    bool is_root() const { return function_kind >= FunctionKind::kScript; }
    bool is_class_constructor() const {
        return function_kind == FunctionKind::kClassConstructor ||
               function_kind == FunctionKind::kDerivedConstructor;
    }
    bool is_constructor() const {
        return is_class_constructor() ||
               (function_kind == FunctionKind::kNormal && !is_async && !is_generator);
    }
    bool needs_home_object() const { return uses_super_property; }
};

enum class ClassElementKind : uint8_t { kMethod, kGetter, kSetter, kField, kStaticBlock };

struct ClassElement : Node {
    HEDDLE_NODE(ClassElement, Node)
    ClassElementKind element_kind = ClassElementKind::kMethod;
    bool is_static = false;
    bool is_computed = false;
    Node* key = nullptr;               ///< null for static blocks
    FunctionNode* function = nullptr;  ///< methods, accessors, static blocks
    Expression* initializer = nullptr; ///< fields; may be null
    /// Fields with a computed key: where the class definition puts the key (ToPropertyKey) and the
    /// initializer finds it.
    Variable* computed_key = nullptr;
};

struct ClassNode : Node {
    HEDDLE_NODE(ClassNode, Node)
    Identifier* name = nullptr; ///< null for anonymous ones; for declarations resolves to the outer binding
    Expression* heritage = nullptr;
    FunctionNode* constructor = nullptr; ///< null: the default constructor of 15.7.14
    NodeList<ClassElement*> elements;    ///< in source order, without the constructor
    /// Defines the fields of an instance; null without instance fields. Private methods are the consumer's
    /// task.
    FunctionNode* instance_initializer = nullptr;
    /// Runs static fields and static blocks in order; null without any.
    FunctionNode* static_initializer = nullptr;
    /// Inner name, private names, computed keys. The heritage is evaluated in it too. Null when it declares
    /// nothing.
    Scope* scope = nullptr;
    Variable* inner_name = nullptr; ///< null when the class has no name or nothing inside refers to it
};

// ---- Statements
// --------------------------------------------------------------------------------------------- A `scope` of
// a statement is null when it declares nothing.

struct BlockStatement : Statement {
    HEDDLE_NODE(BlockStatement, Statement)
    NodeList<Statement*> body;
    Scope* scope = nullptr;
};

struct EmptyStatement : Statement {
    HEDDLE_NODE(EmptyStatement, Statement)
};

struct ExpressionStatement : Statement {
    HEDDLE_NODE(ExpressionStatement, Statement)
    Expression* expression = nullptr;
    bool is_directive = false;
};

struct VariableDeclarator : Node {
    HEDDLE_NODE(VariableDeclarator, Node)
    Node* target = nullptr; ///< Identifier, ArrayPattern or ObjectPattern
    Expression* initializer = nullptr;
};

enum class DeclarationKind : uint8_t { kVar, kLet, kConst, kUsing, kAwaitUsing };

struct VariableDeclaration : Statement {
    HEDDLE_NODE(VariableDeclaration, Statement)
    DeclarationKind declaration_kind = DeclarationKind::kVar;
    NodeList<VariableDeclarator*> declarators;
};

/// Instantiated on entering its scope (Scope::functions).
struct FunctionDeclaration : Statement {
    HEDDLE_NODE(FunctionDeclaration, Statement)
    FunctionNode* function = nullptr;
    Identifier* name =
        nullptr; ///< null for `export default function () {}`: resolution is then in `variable`
    Variable* variable = nullptr; ///< null in sloppy eval code at its top level: by name; at script level by name too
    /// B.3.2: in a block of sloppy code, evaluating the declaration also assigns to the var of that name.
    /// kUnresolved: no such thing. kGlobal and kDynamic: by name, subject to the run-time conditions of
    /// B.3.2.2/3.
    Resolution annex_b_target;
};

struct ClassDeclaration : Statement {
    HEDDLE_NODE(ClassDeclaration, Statement)
    ClassNode* class_node = nullptr;
    Variable* variable = nullptr; ///< the outer binding (also the *default* one); by name at script level
};

struct IfStatement : Statement {
    HEDDLE_NODE(IfStatement, Statement)
    Expression* test = nullptr;
    Statement* consequent = nullptr; ///< a sloppy function declaration here is wrapped in a BlockStatement
    Statement* alternate = nullptr;
};

struct WhileStatement : Statement {
    HEDDLE_NODE(WhileStatement, Statement)
    Expression* test = nullptr;
    Statement* body = nullptr;
};

struct DoWhileStatement : Statement {
    HEDDLE_NODE(DoWhileStatement, Statement)
    Statement* body = nullptr;
    Expression* test = nullptr;
};

struct ForStatement : Statement {
    HEDDLE_NODE(ForStatement, Statement)
    Node* initializer = nullptr; ///< VariableDeclaration, Expression or null
    Expression* test = nullptr;
    Expression* update = nullptr;
    Statement* body = nullptr;
    /// let, const, using in the head. If it needs an environment, the let variables are copied for each
    /// iteration.
    Scope* scope = nullptr;
};

struct ForInStatement : Statement {
    HEDDLE_NODE(ForInStatement, Statement)
    /// VariableDeclaration with one declarator (B.3.5: sloppy var may have an initializer), or an assignment
    /// target as in AssignmentExpression.
    Node* left = nullptr;
    Expression* right = nullptr;
    Statement* body = nullptr;
    Scope* scope = nullptr; ///< made anew for each iteration
    Scope* head_scope =
        nullptr; ///< while `right` is evaluated; null when `right` does not refer to its names
};

struct ForOfStatement : Statement {
    HEDDLE_NODE(ForOfStatement, Statement)
    Node* left = nullptr;
    Expression* right = nullptr;
    Statement* body = nullptr;
    Scope* scope = nullptr;
    Scope* head_scope = nullptr;
    bool is_await = false;
};

/// Labels are checked: the target exists.
struct ContinueStatement : Statement {
    HEDDLE_NODE(ContinueStatement, Statement)
    const AstString* label = nullptr;
};

struct BreakStatement : Statement {
    HEDDLE_NODE(BreakStatement, Statement)
    const AstString* label = nullptr;
};

struct ReturnStatement : Statement {
    HEDDLE_NODE(ReturnStatement, Statement)
    Expression* argument = nullptr;
};

struct WithStatement : Statement {
    HEDDLE_NODE(WithStatement, Statement)
    Expression* object = nullptr;
    Statement* body = nullptr;
    Scope* scope = nullptr; ///< kWith, never null
};

struct SwitchCase : Node {
    HEDDLE_NODE(SwitchCase, Node)
    Expression* test = nullptr; ///< null: default
    NodeList<Statement*> body;
};

struct SwitchStatement : Statement {
    HEDDLE_NODE(SwitchStatement, Statement)
    Expression* discriminant = nullptr; ///< evaluated outside `scope`
    NodeList<SwitchCase*> cases;
    Scope* scope = nullptr;
};

struct LabelledStatement : Statement {
    HEDDLE_NODE(LabelledStatement, Statement)
    const AstString* label = nullptr;
    Statement* body = nullptr;
};

struct ThrowStatement : Statement {
    HEDDLE_NODE(ThrowStatement, Statement)
    Expression* argument = nullptr;
};

struct CatchClause : Node {
    HEDDLE_NODE(CatchClause, Node)
    Node* parameter = nullptr; ///< Identifier, pattern or null
    BlockStatement* body = nullptr;
    Scope* scope = nullptr; ///< of the parameter
};

struct TryStatement : Statement {
    HEDDLE_NODE(TryStatement, Statement)
    BlockStatement* block = nullptr;
    CatchClause* handler = nullptr;
    BlockStatement* finalizer = nullptr;
};

struct DebuggerStatement : Statement {
    HEDDLE_NODE(DebuggerStatement, Statement)
};

/// Nothing to execute: see Program::imports.
struct ImportDeclaration : Statement {
    HEDDLE_NODE(ImportDeclaration, Statement)
};

struct ExportDeclaration : Statement {
    HEDDLE_NODE(ExportDeclaration, Statement)
    Statement* declaration = nullptr; ///< null for export lists and export from
};

struct ExportDefaultDeclaration : Statement {
    HEDDLE_NODE(ExportDefaultDeclaration, Statement)
    /// FunctionDeclaration, ClassDeclaration, or an Expression whose value initializes `variable` (anonymous
    /// functions are named "default").
    Node* declaration = nullptr;
    Variable* variable = nullptr; ///< "*default*", or the declaration's own variable
};

// ---- Program
// ------------------------------------------------------------------------------------------------

struct ImportAttribute {
    const AstString* key;
    const AstString* value;
};

struct ModuleRequest {
    const AstString* specifier;
    NodeList<ImportAttribute> attributes;
    ImportPhase phase;
    uint32_t offset;
};

enum class ImportNameKind : uint8_t { kName, kNamespace, kSource };

struct ImportEntry {
    uint32_t request; ///< index into Program::requests
    ImportNameKind name_kind;
    const AstString* import_name; ///< kName only
    const AstString* local_name;
    Variable* variable;
    uint32_t offset;
};

struct LocalExport {
    const AstString* export_name;
    const AstString* local_name;
    Variable* variable;
    uint32_t offset;
};

struct IndirectExport {
    const AstString* export_name;
    uint32_t request;
    const AstString* import_name; ///< null: the namespace (export * as name)
    uint32_t offset;
};

struct StarExport {
    uint32_t request;
    uint32_t offset;
};

struct DeclaredFunction {
    const AstString* name;
    FunctionDeclaration* declaration;
};

enum class ProgramKind : uint8_t { kScript, kModule, kEval, kDynamicFunction };

/// The root of a tree.
struct Program : Node {
    HEDDLE_NODE(Program, Node)
    ProgramKind program_kind = ProgramKind::kScript;
    bool is_strict = false;
    FunctionNode* function = nullptr; ///< its body is the program's
    /// kDynamicFunction: the function made by CreateDynamicFunction. `function` contains nothing else; its
    /// text is ParseResult::source, its name is "anonymous" and is not bound inside.
    FunctionNode* dynamic_function = nullptr;

    // For GlobalDeclarationInstantiation (16.1.7) and EvalDeclarationInstantiation (19.2.1.3). Names once
    // each. Only for scripts and sloppy eval code: in modules and strict eval code the names are variables of
    // the root scope.
    NodeList<const AstString*> var_names;             ///< declared by var only, not the function names
    NodeList<DeclaredFunction> functions;             ///< var-scoped; last wins
    NodeList<Variable*> lexical;                      ///< let, const, class
    NodeList<FunctionDeclaration*> annex_b_functions; ///< candidates of B.3.2.2 and B.3.2.3

    // Modules.
    NodeList<ModuleRequest> requests;
    NodeList<ImportEntry> imports;
    NodeList<LocalExport> local_exports;
    NodeList<IndirectExport> indirect_exports;
    NodeList<StarExport> star_exports;
    bool has_top_level_await = false;
};

#undef HEDDLE_NODE

/// True for `function () {}`, `() => 1`, `class {}` and the like: takes the name of what it is assigned to
/// (8.4.5 NamedEvaluation).
inline bool is_anonymous_function_definition(const Node* node) {
    if (auto* function = node->try_as<FunctionExpression>()) return function->function->name == nullptr;
    if (auto* expression = node->try_as<ClassExpression>()) return expression->class_node->name == nullptr;
    return false;
}

} // namespace heddle
