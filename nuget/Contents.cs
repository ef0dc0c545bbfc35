#:property PublishAot=false
using System.IO.Compression;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.Json;
using System.Xml.Linq;

// What the packages and their symbols hold. Arguments: the folder they lie in, and their version.
var (feed, version, faults) = (args[0], args[1], new List<string>());
string[] buildFiles = ["buildTransitive/MAFlow.Torch.targets", "buildTransitive/RepairLibTorchSharp.cs"];
Check("MAFlow.Torch", buildFiles, ["MAFlow.Scoring", "System.Numerics.Tensors", "TorchSharp"]);
// The plug-in states the pinned versions of what the mathematics brings.
Check("MAFlow.MLNet", [], ["MAFlow.Scoring", "MAFlow.Torch", "Microsoft.ML", "Microsoft.ML.DataView", "System.Numerics.Tensors", "TorchSharp"]);
// Scoring needs neither of them, and no backend.
Check("MAFlow.Scoring", [], []);
faults.ForEach(Console.WriteLine);
Console.WriteLine(faults.Count == 0 ? "OK: files, dependencies and symbols are those expected" : $"FAILED: {faults.Count} faults in the packages");
return faults.Count == 0 ? 0 : 1;

void Check(string id, string[] extra, string[] dependencies)
{
    void Require(bool condition, string fault) => faults.AddRange(condition ? [] : [$"{id}: {fault}"]);
    using var package = ZipFile.OpenRead(Path.Combine(feed, $"{id}.{version}.nupkg"));
    using var symbols = ZipFile.OpenRead(Path.Combine(feed, $"{id}.{version}.snupkg"));

    // The whole list: no test, no libtorch and no analyzer's file can hide in it.
    string[] library = [$"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml"];
    RequireSame("files", ["README.md", "icon.png", .. library, .. extra], Files(package), Require);
    RequireSame("files of symbols", [$"lib/net10.0/{id}.pdb"], Files(symbols), Require);
    foreach (var file in package.Entries)
        Require(file.Length > 0, $"{file.FullName} is empty");

    var metadata = XElement.Parse(Text(package, $"{id}.nuspec")).Elements().First();
    XElement? Field(string name) => metadata.Elements().FirstOrDefault(field => field.Name.LocalName == name);
    Require(Field("license") is { Value: "MIT" } license && license.Attribute("type")?.Value == "expression", "the licence is not the expression MIT");
    Require(Field("readme")?.Value == "README.md" && Field("icon")?.Value == "icon.png", "the gallery is not told of README.md and icon.png");
    Require(Field("description")?.Value.Length > 40 && Field("tags")?.Value.Length > 0, "description or tags are missing");
    var declared = metadata.Descendants().Where(element => element.Name.LocalName == "dependency").ToList();
    RequireSame("dependencies", dependencies, declared.Select(dependency => dependency.Attribute("id")!.Value), Require);
    foreach (var dependency in declared.Where(dependency => dependency.Attribute("id")!.Value is "TorchSharp" or "Microsoft.ML" or "Microsoft.ML.DataView"))
        Require(dependency.Attribute("version")!.Value is ['[', .., ')'], $"{dependency.Attribute("id")!.Value} has no upper bound: {dependency.Attribute("version")!.Value}");

    var readme = Text(package, "README.md");
    // The one version that the package allows: the newest may be refused.
    var torch = declared.FirstOrDefault(dependency => dependency.Attribute("id")!.Value == "TorchSharp")?.Attribute("version")!.Value.Trim('[', ')').Split(',')[0];
    var backend = torch is null ? "" : $"dotnet add package TorchSharp-cpu --version {torch}\n";
    Require(readme.Contains($"dotnet add package {id}\n") && readme.Contains(backend), "README.md does not say which packages to add, library and backend");

    using var assembly = new PEReader(Copy(package, library[0]));
    var documentation = Text(package, library[1]);
    foreach (var type in PublicTypes(assembly.GetMetadataReader()))
        Require(documentation.Contains($"<member name=\"T:{type}\">"), $"no documentation of {type}");

    using var provider = MetadataReaderProvider.FromPortablePdbStream(Copy(symbols, $"lib/net10.0/{id}.pdb"));
    var pdb = provider.GetMetadataReader();
    var link = assembly.ReadDebugDirectory().Single(entry => entry.Type == DebugDirectoryEntryType.CodeView);
    var stated = new BlobContentId(assembly.ReadCodeViewDebugDirectoryData(link).Guid, link.Stamp);
    Require(stated == new BlobContentId(pdb.DebugMetadataHeader!.Id), "the symbols are of another build than the library");
    var unlinked = Unlinked(pdb);
    Require(unlinked.Count == 0, $"{unlinked.Count} source files without a link, such as {unlinked.FirstOrDefault()}");
}

static void RequireSame(string what, IEnumerable<string> expected, IEnumerable<string> actual, Action<bool, string> require)
{
    var (missing, added) = (expected.Except(actual).ToList(), actual.Except(expected).ToList());
    require(missing.Count + added.Count == 0, $"{what}: missing [{string.Join(", ", missing)}], unexpected [{string.Join(", ", added)}]");
}

// Without what the package format itself puts there.
static IEnumerable<string> Files(ZipArchive package) => package.Entries.Select(entry => entry.FullName)
    .Where(name => !name.EndsWith(".nuspec") && name != "[Content_Types].xml" && !name.StartsWith("_rels/") && !name.StartsWith("package/"));

static MemoryStream Copy(ZipArchive package, string name)
{
    using var file = package.GetEntry(name)!.Open();
    var copy = new MemoryStream();
    file.CopyTo(copy);
    copy.Position = 0;
    return copy;
}

static string Text(ZipArchive package, string name) => new StreamReader(Copy(package, name)).ReadToEnd();

static IEnumerable<string> PublicTypes(MetadataReader reader) =>
    from handle in reader.TypeDefinitions
    let type = reader.GetTypeDefinition(handle)
    where (type.Attributes & TypeAttributes.VisibilityMask) == TypeAttributes.Public
    select $"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}";

// The source files that Source Link has no address for and that the symbols do not contain either.
static List<string> Unlinked(MetadataReader pdb)
{
    var (sourceLink, embeddedSource) = (new Guid("CC110556-A091-4D38-9FEC-25AB9A351A6A"), new Guid("0E8A571B-6926-466E-B4AD-8AB04611F5FE"));
    bool Has(EntityHandle parent, Guid kind, out byte[] content)
    {
        var found = pdb.GetCustomDebugInformation(parent).Select(pdb.GetCustomDebugInformation).Where(information => pdb.GetGuid(information.Kind) == kind).ToList();
        content = found.Count == 0 ? [] : pdb.GetBlobBytes(found[0].Value);
        return found.Count > 0;
    }

    var roots = Has(EntityHandle.ModuleDefinition, sourceLink, out var map)
        ? JsonDocument.Parse(map).RootElement.GetProperty("documents").EnumerateObject().Where(root => root.Value.GetString()!.StartsWith("https://")).Select(root => root.Name.TrimEnd('*')).ToList()
        : [];
    return [.. from handle in pdb.Documents
        let name = pdb.GetString(pdb.GetDocument(handle).Name)
        where !roots.Exists(root => name.StartsWith(root)) && !Has(handle, embeddedSource, out _)
        select name];
}
