using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Api.Invoicing;

/// <summary>Prints pages by a headless Chromium of its own, in which the page itself forbids script: one at a time, with a time limit and a profile that is thrown away. What was printed is kept by its content.</summary>
public sealed class ChromiumPrinter(PortalOptions options, ILogger<ChromiumPrinter> log) : IPdfPrinter, IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(45);

    private static readonly string[] s_switches =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--disable-extensions", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-pdf-header-footer",
    ];

    private readonly SemaphoreSlim _turn = new(1, 1);

    private string Folder => Path.Combine(Path.GetFullPath(options.DataFolder), "pdf");

    /// <inheritdoc />
    public async Task<byte[]> Print(string html, CancellationToken cancellation)
    {
        var kept = Path.Combine(Folder, $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(html)))}.pdf");
        if (File.Exists(kept))
        {
            return await File.ReadAllBytesAsync(kept, cancellation);
        }

        await _turn.WaitAsync(cancellation);
        var work = Directory.CreateTempSubdirectory("portal-pdf-").FullName;
        try
        {
            var page = Path.Combine(work, "page.html");
            var printed = Path.Combine(work, "page.pdf");
            await File.WriteAllTextAsync(page, html, cancellation);
            await Run(work, page, printed, cancellation);
            Directory.CreateDirectory(Folder);
            return await Keep(printed, kept, cancellation);
        }
        finally
        {
            Remove(work);
            _turn.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _turn.Dispose();

    private async Task Run(string work, string page, string printed, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(options.PdfProgram,
            [.. s_switches, $"--user-data-dir={Path.Combine(work, "profile")}", $"--print-to-pdf={printed}", new Uri(page).AbsoluteUri])
        {
            WorkingDirectory = work,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Nothing of the host's environment is handed on: it holds secrets.
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        start.Environment["HOME"] = work;
        start.Environment["LC_ALL"] = "C.UTF-8";

        using var process = Start(start);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(s_patience);
        try
        {
            var said = process.StandardError.ReadToEndAsync(limit.Token);
            await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            if (!File.Exists(printed))
            {
                log.LogError("Chromium ended with {Code} and printed nothing: {Output}", process.ExitCode, (await said).Trim());
                throw new Refusal(RefusalKind.Unavailable, "pdf_failed", "The invoice could not be printed; the log says why. Open its print view and print it from the browser.");
            }
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            cancellation.ThrowIfCancellationRequested();
            throw new Refusal(RefusalKind.Unavailable, "pdf_timeout", $"The printer did not answer within {s_patience.TotalSeconds:0} seconds. Try again, or open the print view and print it from the browser.");
        }
    }

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            log.LogWarning("The program {Program} cannot be started: {Reason}", options.PdfProgram, e.Message);
            throw new Refusal(RefusalKind.Unavailable, "pdf_renderer_missing",
                $"PDFs are printed by Chromium, and '{options.PdfProgram}' cannot be started. Install Debian's package chromium (with fonts-noto-core), or set Portal:PdfProgram to its path. The print view works without it.");
        }
    }

    // Renamed into place, so that nobody reads half a file; two nodes that print the same page write the same.
    private static async Task<byte[]> Keep(string printed, string kept, CancellationToken cancellation)
    {
        var aside = $"{kept}.{Guid.NewGuid():N}";
        File.Copy(printed, aside);
        File.Move(aside, kept, overwrite: true);
        return await File.ReadAllBytesAsync(kept, cancellation);
    }

    private void Remove(string work)
    {
        try
        {
            Directory.Delete(work, recursive: true);
        }
        catch (IOException e)
        {
            // A process of Chromium that is still ending may hold on to its profile.
            log.LogWarning("The folder {Folder} of a print could not be removed: {Reason}", work, e.Message);
        }
    }
}
