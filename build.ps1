# Calls the build; everything else is in build.cs.
Set-Location $PSScriptRoot
dotnet run build.cs @args
exit $LASTEXITCODE
