import ErrorModel
import Testing

@testable import SourceMaps

/// Which functions are found in a script, and under which names.
@Suite("functions of scripts") struct FunctionTests {
    /// The name of the innermost function around each `@` of the text, `-` where there is none.
    private static func names(_ script: String) -> [String] {
        var bytes: [UInt8] = []
        var places: [Int] = []
        for byte in script.utf8 {
            if byte == UInt8(ascii: "@") { places.append(bytes.count) } else { bytes.append(byte) }
        }
        return bytes.withUnsafeBytes { bytes in
            guard let functions = SourceFunctions(script: bytes) else { return ["unsound"] }
            let text = TextIndex(bytes)
            return places.map { offset in
                let place = text.position(of: offset, in: bytes)
                let index = functions.index(line: place.line, column: place.column)
                return index.map { functions.names[$0] } ?? "-"
            }
        }
    }

    struct Case: CustomStringConvertible {
        let description: String
        let script: String
        let names: [String]

        init(_ description: String, _ script: String, _ names: [String]) {
            self.description = description
            self.script = script
            self.names = names
        }
    }

    private static let cases: [Case] = [
        Case("declaration", "@;function a(){@b()}@", ["-", "a", "-"]),
        Case(
            "curried",
            "const thunk=id=>async dispatch=>{@};m=s=>next=>act=>@f();x.map(e=>function(){@})",
            ["", "", ""]),
        Case("async generator", "async function*a(){@}", ["a"]),
        Case("expression", "x.y=function(){@};var z=function(){@}", ["x.y", "z"]),
        Case("named expression", "call(function a(){@})", ["a"]),
        Case("callback", "function a(){b(function(){@});b(()=>@1)}", ["", ""]),
        Case(
            "arrows", "const a=(x)=>{@};let b=async y=>@f(y),c=@3;d=()=>@({e:()=>@1})",
            ["a", "b", "-", "d", "e"]),
        Case(
            "class",
            "class A{constructor(){@}get b(){@}set b(x){@}static c(){@}#d(){@}async*e(){@}f=()=>{@}}",
            ["new A", "get b", "set b", "A.c", "#d", "A.e", "f"]),
        Case(
            "class on lines", "export class A {\n  #log = [];\n\n  b() {\n    @x;\n  }\n}\n",
            ["A.b"]),
        Case("class expression", "var A=class{b(){@}}", ["A.b"]),
        Case(
            "object", "x={a(){@},b:function(){@},'c d':()=>@1,[e](){@},get f(){@}}",
            ["a", "b", "c d", "", "get f"]),
        Case(
            "control flow", "function a(){if(x){@}for(;;){@}while(x){@}switch(x){case 1:@}}",
            ["a", "a", "a", "a"]),
        Case("catch", "function a(){try{@}catch(e){@}finally{@}}", ["a", "a", "a"]),
        Case(
            "regex", "function a(){return/[/}]\\/{/.test(@x)}function b(){x=a/b/c;@}", ["a", "b"]),
        Case("regex after a condition", "function a(){if(x)/}/.test(y);@}", ["a"]),
        Case("template", "function a(){return `}${b(()=>{@})}{`+@c}", ["", "a"]),
        Case("templates side by side", "function a(){return `${b}${()=>{@}}${c}`+@c}", ["", "a"]),
        Case("a template without an end", "function a(){return `x${b}", ["unsound"]),
        Case("comments", "function a(){/* } */ // }\n@}", ["a"]),
        Case(
            "typescript",
            "class A<T>{b<U>(x:T):Array<U>{@}get c():{d:number}{@}}\nconst e=(x:number):string=>{@};const f:F=()=>@1",
            ["A.b", "get c", "e", "f"]),
        Case(
            "members named as keywords",
            "x={catch(e){@},if(){@}};class A{for(){@}with(){@}static return(){@}};try{}catch(e){@}",
            ["catch", "if", "A.for", "A.with", "A.return", "-"]),
        Case("class of a call", "class A extends f(){b=@1;c(){@}}", ["-", "A.c"]),
        Case(
            "conditions are no types", "const a=b?f(c):d=>@1,g=b?(c):d=>{@};", ["", ""]),
        Case("non-null and division", "const a=(x)=>{y=x!/2;z=f()!/3;@};b=/}/;", ["a"]),
        Case("default regex", "export default /}/;function a(){@}", ["a"]),
        Case("nested", "function a(){@;function b(){@}@}@", ["a", "b", "a", "-"]),
        Case("default parameter", "function a(b=@c()){}", ["a"]),
        Case(
            "an arrow's expression ends with its line",
            """
            function start(bus) {
              bus.onopen = () => ready(@bus)
              bus.connect(@)
              bus.sum = a =>
                a.list
                  .map(x => x)
                  ? @a
                  : a in
                    @b
              if (a) bus.x = () => @1
              else fail(@bus)
              bus.get = () => new
                Thing(@)
              await done(@)
            }
            """,
            [
                "bus.onopen", "start", "bus.sum", "bus.sum", "bus.x", "start", "bus.get",
                "start",
            ]),
        Case(
            "attributes on lines of their own",
            """
            const App = () => <Page
              title
              onClick={() => go(@)}
              name={@a}
            />
            """, ["onClick", "App"]),
        Case(
            "conditions in an object are no methods",
            """
            function build(id) {
              return { first: id ? look(id) : null, second: fail(@id), third: id ? see(@) : { a: @1 },
                get: (id) => id ? look(@id) : null, map(a: Map<string, number>): A<b, c> { @ } };
            }
            """, ["build", "build", "build", "get", "map"]),
        Case("lines without semicolons", "const a = () => b\nconst c = @1\n", ["-"]),
        Case(
            "markup",
            """
            const App = () => {
              const [a, setA] = useState<string>('');
              return <Page title="it's" {...rest} onClick={() => @go()}>
                It's {a ? <b>don't {() => @1}</b> : <i/>} and <br/> more
                <>{list.map(function row(x) { return <li key={x}>@{x}</li>; })}</>
              </Page>;
            };
            function next() { @; return a < b && c > d; }
            """, ["onClick", "", "row", "next"]),
        Case(
            "generics are no markup",
            "const a = <T,>(x: T): T => { @ }; const b = <T>(x: T) => @x; const c = <T>d(); @",
            ["a", "b", "-"]),
        Case(
            "paths",
            "module.exports=function(){@};A.prototype.b=function(){@};this.c=()=>{@};d().e=()=>{@}",
            ["module.exports", "A.b", "c", "e"]),
        Case("cut off", "function a(){@", ["unsound"]),
    ]

    @Test("names", arguments: cases) func names(_ each: Case) {
        let found = Self.names(each.script)
        #expect(found == each.names)
    }
}
