// B.2.2 Additional Properties of the String.prototype Object: the methods that wrap a string into an HTML
// element.
#include "builtins/string.h"

namespace heddle {

namespace {

struct HtmlElement {
    const char* method;
    const char* tag;
    const char* attribute; // null: none
};

// B.2.2.2.1 CreateHTML ( string, tag, attribute, value )
Result<Value> create_html(Agent& agent, const Arguments& arguments, const HtmlElement& element) {
    String* string = TRY(this_string(agent, arguments, element.method));
    StringBuilder builder(agent);
    TRY(builder.append(u'<'));
    TRY(builder.append(std::string_view(element.tag)));
    if (element.attribute) {
        String* value = TRY(to_string(agent, arguments[0]));
        TRY(builder.append(u' '));
        TRY(builder.append(std::string_view(element.attribute)));
        TRY(builder.append(std::string_view("=\"")));
        FlatView view = TRY(value->flatten(agent));
        for (uint32_t i = 0; i < view.length(); ++i) {
            if (view[i] == u'"')
                TRY(builder.append(std::string_view("&quot;")));
            else
                TRY(builder.append(view[i]));
        }
        TRY(builder.append(u'"'));
    }
    TRY(builder.append(u'>'));
    TRY(builder.append(string));
    TRY(builder.append(std::string_view("</")));
    TRY(builder.append(std::string_view(element.tag)));
    TRY(builder.append(u'>'));
    return Value(TRY(builder.finish()));
}

constexpr HtmlElement kElements[] = {
    {"String.prototype.anchor", "a", "name"},        // B.2.2.2
    {"String.prototype.big", "big", nullptr},        // B.2.2.3
    {"String.prototype.blink", "blink", nullptr},    // B.2.2.4
    {"String.prototype.bold", "b", nullptr},         // B.2.2.5
    {"String.prototype.fixed", "tt", nullptr},       // B.2.2.6
    {"String.prototype.fontcolor", "font", "color"}, // B.2.2.7
    {"String.prototype.fontsize", "font", "size"},   // B.2.2.8
    {"String.prototype.italics", "i", nullptr},      // B.2.2.9
    {"String.prototype.link", "a", "href"},          // B.2.2.10
    {"String.prototype.small", "small", nullptr},    // B.2.2.11
    {"String.prototype.strike", "strike", nullptr},  // B.2.2.12
    {"String.prototype.sub", "sub", nullptr},        // B.2.2.13
    {"String.prototype.sup", "sup", nullptr},        // B.2.2.14
};

template<int element>
Result<Value> html_method(Agent& agent, const Arguments& arguments) {
    return create_html(agent, arguments, kElements[element]);
}

} // namespace

Fallible<void> define_string_html(Agent& agent, Realm& realm, Object* prototype) {
    const FunctionEntry functions[] = {
        {atoms::anchor, html_method<0>, 1},   {atoms::big, html_method<1>, 0},
        {atoms::blink, html_method<2>, 0},    {atoms::bold, html_method<3>, 0},
        {atoms::fixed, html_method<4>, 0},    {atoms::fontcolor, html_method<5>, 1},
        {atoms::fontsize, html_method<6>, 1}, {atoms::italics, html_method<7>, 0},
        {atoms::link, html_method<8>, 1},     {atoms::small, html_method<9>, 0},
        {atoms::strike, html_method<10>, 0},  {atoms::sub, html_method<11>, 0},
        {atoms::sup, html_method<12>, 0},
    };
    return define_functions(agent, realm, prototype, functions);
}

} // namespace heddle
